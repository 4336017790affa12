//! AWS Signature Version 4, the side that checks
//! ([reference](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).

use std::fmt::Write as _;

use awsx::base::time::Timestamp;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, percent_decode_str, percent_encode};
use sha2::{Digest, Sha256};

use crate::wire::{Request, UNRESERVED};

const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// What an `Authorization` header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Access key ID.
    pub key_id: String,
    /// `20260102`.
    pub date: String,
    /// `us-east-1`.
    pub region: String,
    /// `sts`.
    pub service: String,
    /// In lower case, in the header's order.
    pub signed_headers: Vec<String>,
    /// Hexadecimal.
    pub signature: String,
}

impl Authorization {
    /// Reads the header.
    ///
    /// # Errors
    /// What is wrong with it, in AWS's words.
    pub fn parse(header: &str) -> Result<Self, String> {
        let rest = header.strip_prefix("AWS4-HMAC-SHA256").ok_or_else(|| {
            format!("Unsupported AWS 'algorithm': '{}'.", header.split(' ').next().unwrap_or_default())
        })?;
        let part = |name: &str| {
            rest.split(',')
                .find_map(|p| p.trim().strip_prefix(name)?.strip_prefix('='))
                .ok_or_else(|| format!("Authorization header requires '{name}' parameter."))
        };
        let scope: Vec<&str> = part("Credential")?.split('/').collect();
        let [key_id, date, region, service, "aws4_request"] = scope[..] else {
            return Err("Credential must have exactly 5 slash-delimited elements, e.g. \
                        keyid/date/region/service/term."
                .into());
        };
        Ok(Authorization {
            key_id: key_id.into(),
            date: date.into(),
            region: region.into(),
            service: service.into(),
            signed_headers: part("SignedHeaders")?.split(';').map(str::to_lowercase).collect(),
            signature: part("Signature")?.into(),
        })
    }

    /// The header.
    pub fn header(&self) -> String {
        let Authorization { key_id, date, region, service, signed_headers, signature } = self;
        format!(
            "AWS4-HMAC-SHA256 Credential={key_id}/{date}/{region}/{service}/aws4_request, SignedHeaders={}, \
             Signature={signature}",
            signed_headers.join(";")
        )
    }

    /// The signature that a request must carry if it was signed with `secret`. S3 takes the path as it stands; every
    /// other service normalises it and encodes it once more.
    pub fn expected(&self, request: &Request, secret: &str, amz_date: &str) -> String {
        let raw_path = self.service == "s3";
        let canonical = canonical_request(request, &self.signed_headers, raw_path);
        let Authorization { date, region, service, .. } = self;
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n{amz_date}\n{date}/{region}/{service}/aws4_request\n{}",
            hex_sha256(canonical.as_bytes())
        );
        let mut key = mac(format!("AWS4{secret}").as_bytes(), date);
        for part in [region, service, "aws4_request"] {
            key = mac(&key, part);
        }
        HEXLOWER.encode(&mac(&key, &to_sign))
    }
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    // HMAC takes keys of every length; the fallback can't be reached.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// `20260102T030405Z` of a point in time in epoch seconds.
pub fn compact(time: i64) -> String {
    Timestamp(time).to_string().replace(['-', ':'], "")
}

/// SHA-256 in lower-case hexadecimal.
pub fn hex_sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// The canonical form of a request.
pub fn canonical_request(request: &Request, signed_headers: &[String], raw_path: bool) -> String {
    let path = if raw_path {
        request.path.clone()
    } else {
        percent_encode(normalized(&request.path).as_bytes(), PATH).to_string()
    };
    let mut canonical = format!("{}\n{path}\n{}\n", request.method, canonical_query(&request.query));
    for name in signed_headers {
        let values = request.headers.iter().filter(|(n, _)| n == name);
        let values = values.map(|(_, v)| v.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
        let _ = writeln!(canonical, "{name}:{}", values.join(","));
    }
    let hash = match request.header("x-amz-content-sha256") {
        Some(hash) => hash.to_owned(),
        None => hex_sha256(&request.body),
    };
    let _ = write!(canonical, "\n{}\n{hash}", signed_headers.join(";"));
    canonical
}

fn canonical_query(query: &str) -> String {
    let encode = |part: &str| percent_encode(&percent_decode_str(part).collect::<Vec<u8>>(), UNRESERVED).to_string();
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|p| !p.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encode(name), encode(value))
        })
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// A path without empty, `.` and `..` segments.
fn normalized(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let tail = if path.len() > 1 && path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{tail}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published test suite of SigV4: name, request, what was signed, signature.
    const VECTORS: &str = include_str!("sigv4-vectors.json");
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn request(text: &str) -> Request {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let first: Vec<&str> = lines.next().unwrap().split(' ').collect();
        let (path, query) = first[1].split_once('?').unwrap_or((first[1], ""));
        Request {
            method: first[0].into(),
            path: path.into(),
            query: query.into(),
            headers: lines
                .map(|l| l.split_once(':').map(|(n, v)| (n.to_lowercase(), v.trim().to_owned())).unwrap())
                .collect(),
            body: body.into(),
        }
    }

    #[test]
    fn published_vectors() {
        let vectors: Vec<[String; 4]> = serde_json::from_str(VECTORS).unwrap();
        assert!(vectors.len() >= 12);
        for [name, text, signed, signature] in vectors {
            let auth = Authorization {
                key_id: "AKIDEXAMPLE".into(),
                date: "20150830".into(),
                region: "us-east-1".into(),
                service: "service".into(),
                signed_headers: signed.split(';').map(str::to_owned).collect(),
                signature: String::new(),
            };
            assert_eq!(auth.expected(&request(&text), SECRET, "20150830T123600Z"), signature, "{name}");
        }
    }

    #[test]
    fn lambda_path_is_encoded_twice_and_s3_path_is_not() {
        let r = request("POST /a%3Ab/./c HTTP/1.1\nHost:h");
        assert!(canonical_request(&r, &["host".into()], false).starts_with("POST\n/a%253Ab/c\n\nhost:h\n\nhost\n"));
        assert!(canonical_request(&r, &["host".into()], true).starts_with("POST\n/a%3Ab/./c\n"));
    }

    #[test]
    fn header_forms() {
        let good = "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/iam/aws4_request, SignedHeaders=host;x-amz-date,Signature=ab";
        let a = Authorization::parse(good).unwrap();
        assert_eq!(Authorization::parse(&a.header()).unwrap(), a);
        assert_eq!((a.key_id.as_str(), a.service.as_str(), a.signed_headers.len()), ("AKID", "iam", 2));
        assert!(Authorization::parse("Basic abc").unwrap_err().contains("algorithm"));
        assert!(Authorization::parse(&good.replace("/iam", "")).unwrap_err().contains("exactly 5"));
        assert!(Authorization::parse(&good.replace("Signature=", "Sig=")).unwrap_err().contains("'Signature'"));
    }
}
