//! The strings in the sources that messages are made of.

use crate::{read, root};
use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};
use std::{
    fs::{self, DirEntry},
    io,
};

/// Where the texts of run-time errors are.
const RUN_TIME: &str = "einsum-runtime/src/error.rs";

/// What a literal says: its text, with holes.
#[derive(Debug)]
pub(crate) struct Words {
    /// The file that it is in.
    pub(crate) file: String,
    /// The literal.
    pub(crate) text: String,
}

impl Words {
    /// Whether a message says this, with anything in the holes and between words.
    pub(crate) fn are_in(&self, message: &str) -> bool {
        let (mut rest, fixed) = (&*spaced(message), self.fixed());
        fixed.iter().all(|part| match rest.find(part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
    }

    /// Whether it is said at run time.
    pub(crate) fn is_of_run_time(&self) -> bool {
        self.file == RUN_TIME
    }

    /// Whether the compiler is told to say it about a trait.
    pub(crate) fn is_of_a_trait(&self) -> bool {
        self.file.starts_with("einsum-runtime/") && !self.is_of_run_time()
    }

    /// What stands between the holes.
    fn fixed(&self) -> Vec<String> {
        let text = self.text.replace("{{", "\u{1}").replace("}}", "\u{2}");
        let parts = text.split('{').enumerate().map(|(n, part)| match part.split_once('}') {
            Some((_, behind)) if n > 0 => behind,
            _ => part,
        });
        let parts = parts.map(|part| spaced(part).replace('\u{1}', "{").replace('\u{2}', "}"));
        parts.filter(|part| !part.is_empty()).collect()
    }

    /// Words and no name; and no example of a call, which is another one for each macro.
    fn is_prose(&self) -> bool {
        let fixed = self.fixed().join("…");
        self.text.trim().contains(' ') && fixed.contains(char::is_alphabetic) && !self.text.contains("!(\"")
    }
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// All that can become a message: all strings of the macro, of the mistakes in a text and a path, and of run-time errors, and all that the compiler is
/// told to say about traits.
pub(crate) fn words() -> Vec<Words> {
    let mut found = Vec::new();
    for folder in ["src", "einsum-macro/src", "einsum-spec/src", "einsum-runtime/src"] {
        for file in files(folder).into_iter().filter(|file| file.ends_with(".rs")) {
            let is_of_messages = folder == "einsum-macro/src"
                || matches!(&*file, "einsum-spec/src/report.rs" | "einsum-spec/src/path.rs" | RUN_TIME);
            let tokens = read(&file).parse().unwrap_or_else(|error| panic!("{file}: {error}"));
            walk(tokens, is_of_messages, &mut |literal| {
                if let Ok(text) = syn::parse2::<syn::LitStr>(TokenTree::Literal(literal).into()) {
                    found.push(Words { file: file.clone(), text: text.value() });
                }
            });
        }
    }
    found.retain(Words::is_prose);
    found
}

/// The files of a folder and of all in it, by their path from the root.
pub(crate) fn files(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).expect("it is a folder of the repository");
    let name = |entry: io::Result<DirEntry>| entry.expect("it can be read").file_name();
    let mut paths: Vec<String> = entries.map(|entry| format!("{folder}/{}", name(entry).display())).collect();
    paths.sort();
    paths
        .into_iter()
        .flat_map(|path| if root().join(&path).is_dir() { files(&path) } else { vec![path] })
        .collect()
}

/// The literals of attributes that begin with `diagnostic`, and all others if they are asked for: but for those of tests, and those that say
/// what cannot happen.
fn walk(tokens: TokenStream, all: bool, found: &mut impl FnMut(Literal)) {
    let (mut before, mut is_test) = (String::new(), false);
    for token in tokens {
        match &token {
            TokenTree::Group(group)
                if matches!(&*before, "#" | "#!") && group.delimiter() == Delimiter::Bracket =>
            {
                let text = group.stream().to_string();
                is_test |= text.starts_with("cfg") && text.contains("test");
                if text.starts_with("diagnostic") {
                    walk(group.stream(), true, found);
                }
            }
            TokenTree::Group(group) => {
                let cannot_happen =
                    ["expect", "assert!", "debug_assert!", "unreachable!"].contains(&&*before);
                if !is_test && !cannot_happen {
                    walk(group.stream(), all, found);
                }
                is_test &= group.delimiter() != Delimiter::Brace;
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => is_test = false,
            TokenTree::Literal(literal) if all && !is_test => found(literal.clone()),
            _ => {}
        }
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '!' => before.push('!'),
            _ => before = token.to_string(),
        }
    }
}
