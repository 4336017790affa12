//! `pow`, the one function of C's maths library that is linked (the AWS SDK's retries call it), from Rust: one shared
//! library less to load at every start.

/// [pow(3)](https://man7.org/linux/man-pages/man3/pow.3.html).
// SAFETY: it has the name and the signature of C's function, and gives what that one gives.
#[unsafe(no_mangle)]
extern "C" fn pow(base: f64, exponent: f64) -> f64 {
    libm::pow(base, exponent)
}
