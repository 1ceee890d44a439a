//! What a user sees for each mistake: every file of `ui/` must be refused, with the messages beside it.
//!
//! The folders are the stages that find the mistakes; a file is named after its mistake. After a change of wording
//! `TRYBUILD=overwrite cargo test --test ui` writes the messages anew: read the difference.

use std::{env, process::Command};

/// rustc's part of a message differs from release to release, so that the files hold for one.
const RELEASE: &str = "rustc 1.95.";

#[test]
fn messages() {
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    let version = Command::new(rustc).arg("-V").output().expect("there is a compiler");
    let version = String::from_utf8_lossy(&version.stdout);
    let pre_release = version.contains("-beta") || version.contains("-nightly") || version.contains("-dev");
    if pre_release || !version.starts_with(RELEASE) {
        eprintln!("skipped: the messages are those of {RELEASE}x, this is {}", version.trim());
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/**/*.rs");
}
