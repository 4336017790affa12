//! Profiles: the AWS config and credentials files as a graph.
