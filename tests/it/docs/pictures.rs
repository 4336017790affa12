//! The pictures of the README show what awsx shows today.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Run, root};

/// The lines of a picture, without what is drawn.
fn text(picture: &str) -> Vec<String> {
    let lines = picture.lines().filter(|line| line.starts_with("<text "));
    let words = |line: &str| {
        let parts = line.split('<').filter_map(|part| Some(part.split_once('>')?.1));
        parts.collect::<String>().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    };
    lines.map(words).collect()
}

#[test]
fn they_are_those_of_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let programs = Path::new(env!("CARGO_BIN_EXE_awsx")).parent().expect("a folder");
    let mut scenes = Command::new(root().join("docs/pictures/make"));
    scenes.arg(folder.path()).arg(programs);
    Run::of(scenes, "").ok();
    let readme = fs::read_to_string(root().join("README.md")).expect("a README");
    for (name, shown) in [("prompt", "(prod 11h59m) $ aws s3 ls"), ("picker", "PROFILE"), ("qr", "Code the app shows:")]
    {
        let name = format!("docs/pictures/{name}.svg");
        let made = fs::read_to_string(folder.path().join(Path::new(&name).file_name().expect("one"))).expect("made");
        assert!(text(&made).iter().any(|line| line.contains(shown)), "{name}: {made}");
        let kept = fs::read_to_string(root().join(&name)).unwrap_or_default();
        if text(&kept) != text(&made) && std::env::var_os("AWSX_UPDATE").is_some() {
            fs::write(root().join(&name), &made).expect("ours");
        } else {
            assert_eq!(text(&kept), text(&made), "{name}: AWSX_UPDATE=1 tests/run docs makes it anew");
        }
        assert!(readme.contains(&format!("]({name})")), "the README shows {name}");
        assert!(made.len() < 32_768, "{name} has {} bytes", made.len());
    }
}
