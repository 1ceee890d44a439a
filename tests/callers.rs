//! Crates that call the macros from elsewhere, each in its own folder of `callers/`: as a dependency under another
//! name, in older editions, without a prelude, without the standard library, and under the strictest lints.
//!
//! They are not in the workspace, since the features of its members are the features of all; what their dependencies
//! are is what the workspace's lock file says, so that nothing is downloaded.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Runs cargo on one of the crates. Its tests are what it does; that it compiles is most of what is tested.
fn cargo(caller: &str, arguments: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("tests/callers").join(caller);
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("the folders can be written");
    let mut command = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    command.args(arguments).arg("--offline").arg("--target-dir").arg(target()).current_dir(&folder);
    // Small and quick to build; what runs is tiny.
    command.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
    let output = command.output().expect("cargo can be run");
    assert!(
        output.status.success(),
        "cargo {} of {caller}:\n{}{}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

/// One for all, so that what they share is built once.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("callers")
}

#[test]
fn renamed() {
    cargo("renamed", &["test"]);
}

#[test]
fn renamed_in_edition_2018() {
    cargo("renamed_2018", &["test"]);
}

#[test]
fn edition_2015() {
    cargo("edition_2015", &["test"]);
}

#[test]
fn no_prelude() {
    cargo("no_prelude", &["test"]);
}

#[test]
fn no_std() {
    cargo("no_std", &["test"]);
}

/// Not a test but a library, since a test has the standard library with it.
#[test]
fn no_std_alone() {
    cargo("no_std_alone", &["build"]);
}

#[test]
fn strict() {
    cargo("strict", &["test"]);
}

#[test]
fn strict_with_clippy() {
    let clippy = Command::new(env::var_os("CARGO").unwrap_or("cargo".into())).args(["clippy", "-V"]).output();
    if clippy.is_ok_and(|output| output.status.success()) {
        cargo("strict", &["clippy"]);
    } else {
        eprintln!("skipped: this toolchain has no clippy");
    }
}
