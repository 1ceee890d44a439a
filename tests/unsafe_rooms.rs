//! Where `unsafe` stands: in the rooms that `docs/unsafe.md` names, and each of them is in its list.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The rooms, and the crates that have none.
const ROOMS: [&str; 3] =
    ["einsum-runtime/src/strided", "einsum-runtime/src/kernel", "einsum-runtime/src/many"];
const FORBIDDEN: [&str; 3] = ["src/lib.rs", "einsum-spec/src/lib.rs", "einsum-macro/src/lib.rs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files of a folder, by their path from the root.
fn sources(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::from(folder)];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(root().join(&at)).expect("a folder") {
            let path = at.join(entry.expect("an entry").file_name());
            if root().join(&path).is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path.to_str().expect("a name of plain letters").replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("a file of text")
}

/// How often each function of a file, or what is outside of functions, has an `unsafe` block, or an `unsafe impl`: where something is claimed that
/// the compiler does not know. (An `unsafe fn` asks for something, and what is unsafe in it are blocks.)
fn claims(path: &str) -> BTreeMap<String, usize> {
    let tokens: TokenStream = read(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut found = BTreeMap::new();
    walk(tokens, "", &mut found);
    found
}

// Comments are no tokens, and strings are one. In the text of a macro, too, names and braces are what they look like.
fn walk(tokens: TokenStream, within: &str, found: &mut BTreeMap<String, usize>) {
    let (mut function, mut is_name, mut is_unsafe) = (within.to_owned(), false, false);
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                let word = word.to_string();
                if is_name {
                    function.clone_from(&word);
                }
                if is_unsafe && matches!(&*word, "impl" | "extern") {
                    *found.entry(format!("{within}({word})")).or_default() += 1;
                }
                (is_name, is_unsafe) = (word == "fn", word == "unsafe");
            }
            // `fn $name` in a macro.
            TokenTree::Punct(punct) if punct.as_char() == '$' => {}
            TokenTree::Punct(punct) => {
                // A function without a body.
                if punct.as_char() == ';' {
                    function = within.to_owned();
                }
                (is_name, is_unsafe) = (false, false);
            }
            TokenTree::Group(group) => {
                let is_body = group.delimiter() == Delimiter::Brace;
                if is_body && is_unsafe {
                    let place = if function.is_empty() { "(macro)" } else { &function };
                    *found.entry(place.to_owned()).or_default() += 1;
                }
                walk(group.stream(), &function, found);
                // What follows a body is outside of its function.
                if is_body && !is_unsafe {
                    function = within.to_owned();
                }
                (is_name, is_unsafe) = (false, false);
            }
            TokenTree::Literal(_) => (is_name, is_unsafe) = (false, false),
        }
    }
}

#[test]
fn unsafe_stands_in_its_rooms_only() {
    let product = ["src", "einsum-spec/src", "einsum-macro/src", "einsum-runtime/src"];
    for path in product.into_iter().flat_map(sources) {
        let in_room =
            ROOMS.iter().any(|room| path.starts_with(&format!("{room}/")) || path == format!("{room}.rs"));
        assert!(in_room || claims(&path).is_empty(), "{path} has `unsafe`, and is none of {ROOMS:?}");
    }
}

#[test]
fn other_crates_forbid_it() {
    for path in FORBIDDEN {
        assert!(read(path).contains("#![forbid(unsafe_code)]"), "{path}");
    }
    // The rooms are let in one by one.
    let lib = read("einsum-runtime/src/lib.rs");
    assert!(lib.contains("#![deny(unsafe_code)]"));
    assert_eq!(lib.matches("allow(unsafe_code)").count(), 2, "`kernel` and `strided`; `many` has its own");
}

/// What the list says: below a heading with the name of a file, each row of a table begins with functions and numbers.
fn listed() -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut files: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    let mut file = None;
    for line in read("docs/unsafe.md").lines() {
        if let Some(heading) = line.strip_prefix("### `") {
            let path = format!("einsum-runtime/src/{}", heading.trim_end_matches('`'));
            file = Some(files.entry(path).or_default());
        } else if let (Some(functions), Some(cells)) = (&mut file, line.strip_prefix("| `")) {
            let (first, _) = cells.split_once('|').expect("a row has several cells");
            for one in first.trim().split(", ") {
                let (name, count) =
                    one.trim_start_matches('`').split_once("` ").expect("a name and a number");
                *functions.entry(name.to_owned()).or_default() += count.parse::<usize>().expect("a number");
            }
        }
    }
    files
}

#[test]
fn each_is_in_the_list() {
    let mut found = BTreeMap::new();
    for path in sources("einsum-runtime/src") {
        let mut claims = claims(&path);
        // Of what only tests have, the number is enough.
        if is_for_tests(&path) {
            claims = BTreeMap::from([("everything".to_owned(), claims.values().sum())]);
            claims.retain(|_, count| *count > 0);
        }
        if !claims.is_empty() {
            found.insert(path, claims);
        }
    }
    let listed = listed();
    for (path, claims) in &found {
        assert_eq!(listed.get(path), Some(claims), "docs/unsafe.md on {path}");
    }
    assert_eq!(listed.len(), found.len(), "docs/unsafe.md names a file without `unsafe`");
}

fn is_for_tests(path: &str) -> bool {
    ["/tests.rs", "/guarded.rs", "/fuzzed.rs", "/cases.rs"].iter().any(|name| path.ends_with(name))
        || path.contains("/tests/")
}

/// Prints the rows that the list needs: `cargo test --test unsafe_rooms -- --ignored --nocapture`.
#[test]
#[ignore = "prints"]
fn rows() {
    for path in sources("einsum-runtime/src") {
        let claims = claims(&path);
        if claims.is_empty() {
            continue;
        }
        println!("### `{}`", path.trim_start_matches("einsum-runtime/src/"));
        for (name, count) in claims {
            println!("| `{name}` {count} | |");
        }
    }
}
