//! The page of all messages, `docs/errors.md`: it is written by this test, up to date, and complete.
//!
//! What the compiler says is taken from `ui/`: each kind of message once, with the smallest call that has it. What is said at run time, the calls
//! of `errors/run_time.rs` say. `EINSUM_BLESS=1 cargo test --test errors` writes the page anew: read the difference.

#[path = "errors/compile_time.rs"]
mod compile_time;
#[path = "errors/page.rs"]
mod page;
#[path = "errors/run_time.rs"]
mod run_time;
#[path = "errors/sources.rs"]
mod sources;

use page::Entry;
use sources::Words;
use std::{fs, path::Path};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.replace("\r\n", "\n")
}

fn entries() -> Vec<Entry> {
    let mut entries = compile_time::entries(&sources::words());
    entries.extend(page::long_texts());
    entries.extend(run_time::entries());
    entries
}

#[test]
fn the_page_is_up_to_date() {
    let (path, written) = (root().join("docs/errors.md"), page::write(&entries()));
    if std::env::var_os("EINSUM_BLESS").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    let first = || written.lines().zip(found.lines()).find(|(should, is)| should != is);
    assert!(found == written, "docs/errors.md is out of date; the first lines that differ: {:?}", first());
}

/// Every string that can become a message, wherever it stands in the sources, is said by an entry.
#[test]
fn every_message_is_on_the_page() {
    let (entries, words) = (entries(), sources::words());
    let is_said = |words: &Words| entries.iter().any(|entry| words.are_in(&entry.message));
    let missing: Vec<&Words> = words.iter().filter(|words| !is_said(words)).collect();
    assert!(
        missing.is_empty(),
        "no entry says these; a file of tests/ui, or a call of errors/run_time.rs, is missing: {missing:#?}"
    );
}

#[test]
fn the_sources_are_read() {
    let words = sources::words();
    let has = |file: &str, text: &str| words.iter().any(|words| words.file == file && words.text == text);
    // In a plain string, over two lines, in an attribute.
    assert!(has("einsum-spec/src/report.rs", "there is a second `->`"));
    assert!(has("einsum-macro/src/call.rs", "`==` compares\nhelp: assign with `=`"));
    assert!(has("einsum-runtime/src/operand.rs", "`{Self}` is not an `ndarray` array"));
    assert!(has("einsum-runtime/src/error.rs", "axis {axis} is named twice"));
    // Nothing of tests, of documentation, and of what cannot happen.
    assert!(!words.iter().any(|words| words.text.contains("the expansion differs")));
    assert!(!words.iter().any(|words| words.text.contains("a step has an input")));
    let one = Words { file: String::new(), text: "axis {n} of {array} is\n{{odd}}".into() };
    assert!(
        one.are_in("axis 2 of the output is\n       {odd}") && !one.are_in("axis 2 is {odd} of the output")
    );
}
