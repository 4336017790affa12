//! The AWS SDK behind the ports; a runtime exists only inside a call.
