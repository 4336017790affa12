//! The host of a URL. Pure.

/// What stands between `://` and the path: the host, with its port if it has one.
pub fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// The host, without port and brackets.
pub fn host(url: &str) -> &str {
    let authority = authority(url);
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (url, with_port, alone) in [
            ("https://sts.test", "sts.test", "sts.test"),
            ("https://sts.test:8443/a:b?c#d", "sts.test:8443", "sts.test"),
            ("http://[::1]:81/x", "[::1]:81", "::1"),
            ("http://[fd00:ec2::23]", "[fd00:ec2::23]", "fd00:ec2::23"),
            ("http://x?y=http://z", "x", "x"),
            ("http:///x", "", ""),
            ("", "", ""),
        ] {
            assert_eq!((authority(url), host(url)), (with_port, alone), "{url}");
        }
    }
}
