//! What the compiler says: the files of `ui/`.

use crate::{
    page::Entry,
    read,
    sources::{self, Words},
};
use std::collections::HashSet;

/// The folders, those with the plainest calls first, and the heading for each: but for some files, by the beginning of their names.
const FOLDERS: [(&str, &str); 10] = [
    ("parse", "The text"),
    ("check", "Operands"),
    ("call", "The call"),
    ("rank", "Ranks and types"),
    ("types", "Ranks and types"),
    ("view", "`einsum_view!`"),
    ("vjp", "`einsum_vjp!` and `einsum_vjp_path!`"),
    ("path", "`einsum_path!`"),
    ("numpy", "Ranks and types"),
    ("several", "Operands"),
];
const BY_NAME: [(&str, &str); 10] = [
    ("check/affine", "Affine axes"),
    ("parse/affine", "Affine axes"),
    ("parse/parenthes", "Affine axes"),
    ("check/output", "The output"),
    ("parse/comma", "The output"),
    ("call/extent", "Options"),
    ("call/memory", "Options"),
    ("call/option", "Options"),
    ("call/path", "Options"),
    ("call/second", "Options"),
];

/// What a message cannot say itself, since it does not know the reason.
const WHY: [(&str, &str); 8] = [
    ("call/scale-divides", "A scale that divides is a factor as well: `1.0 / s * \"...\"`."),
    ("call/memory-limit-with-path", "A limit only chooses among paths."),
    ("check/comma-ends-terms", "A scalar operand is an array without axes, `ndarray::arr0(2.0)`."),
    ("check/output-label-unknown-accent", "Letters with different accents are different labels."),
    ("rank/result-is-scalar", "A result without axes is a number, not an array."),
    (
        "types/element-without-add",
        "Elements need `Clone` and `num_traits::Zero`; `+` where something is summed, `*` where something is multiplied, `-` for `-=`.",
    ),
    (
        "types/output-view-is-also-operand",
        "The array that is assigned to cannot be read as well: pass a copy of it, `&c.clone()`.",
    ),
    (
        "vjp/cotangent-missing",
        "What the operands' gradients are computed from: an array of the shape of the result, or a number where that is one.",
    ),
];

/// A file that is refused.
struct Refused {
    /// Its folder and name.
    name: String,
    /// Its text.
    text: String,
    /// What the compiler says.
    errors: Vec<String>,
}

impl Refused {
    /// How good an example it is: less is better.
    fn rank(&self) -> impl Ord + use<'_> {
        let folder = FOLDERS.iter().position(|(folder, _)| self.is_in(folder));
        let is_odd = self.is_in("several") || self.is_in("numpy");
        let lines: usize = self.errors.iter().map(|error| error.lines().count()).sum();
        (is_odd, self.errors.len(), folder, lines, self.text.len(), &self.name)
    }

    fn is_in(&self, folder: &str) -> bool {
        self.name.split_once('/').is_some_and(|(own, _)| own == folder)
    }
}

/// Each kind of message once.
pub(crate) fn entries(words: &[Words]) -> Vec<Entry> {
    let mut all = refused();
    all.sort_by(|one, other| one.rank().cmp(&other.rank()));
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    for refused in &all {
        for error in &refused.errors {
            let is_own = !error.starts_with("error[") || is_told(words, head(error));
            if seen.insert(kind(words, head(error), is_own)) {
                let why = WHY.iter().find(|(name, _)| *name == refused.name).map(|(_, why)| why.to_string());
                let group = if is_own { group(&refused.name) } else { "What the compiler says by itself" };
                let call = call(&refused.text);
                found.push((&refused.name, Entry { group, call, message: shown(error), why }));
            }
        }
    }
    for (about, _) in WHY {
        assert!(found.iter().any(|(name, _)| *name == about), "{about} is not on the page, but has a remark");
    }
    found.sort_by_key(|(name, _)| *name);
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// Whether a message is one that the compiler was told to say.
fn is_told(words: &[Words], head: &str) -> bool {
    words.iter().any(|words| words.is_of_a_trait() && words.are_in(head))
}

fn group(name: &str) -> &'static str {
    let by_name = BY_NAME.iter().find(|(begin, _)| name.starts_with(begin));
    let by_folder = || FOLDERS.iter().find(|(folder, _)| name.starts_with(&format!("{folder}/")));
    by_name.or_else(by_folder).unwrap_or_else(|| panic!("{name} belongs under no heading")).1
}

fn refused() -> Vec<Refused> {
    let (files, mut found) = (sources::files("tests/ui"), Vec::new());
    for path in files.iter().filter_map(|file| file.strip_suffix(".rs")) {
        let mut errors: Vec<String> = Vec::new();
        for line in read(&format!("{path}.stderr")).lines() {
            match errors.last_mut() {
                Some(error) if !line.starts_with("error") => *error += &format!("\n{line}"),
                _ => errors.push(line.into()),
            }
        }
        let name = path.trim_start_matches("tests/ui/").into();
        found.push(Refused { name, text: read(&format!("{path}.rs")), errors });
    }
    found
}

/// What stands before the place.
fn head(error: &str) -> &str {
    error.find("\n --> ").or(error.find("\n  --> ")).map_or(error, |at| &error[..at]).trim_end()
}

/// What a message has in common with others of its kind: the strings of ours that it says, or else all but what it quotes.
fn kind(words: &[Words], head: &str, is_own: bool) -> String {
    if is_own {
        let said =
            words.iter().enumerate().filter(|(_, words)| !words.is_of_run_time() && words.are_in(head));
        return said.map(|(n, _)| format!("{n} ")).collect();
    }
    head.split('`').step_by(2).collect()
}

/// A message as far as it is ours: where it draws the text, not the compiler's drawing as well; without the traits behind it.
fn shown(error: &str) -> String {
    let head = head(error);
    let mut shown: Vec<String> = head.lines().map(|line| line.trim_end().to_owned()).collect();
    let mut is_theirs = false;
    for line in error[head.len()..].lines().skip(2) {
        let (number, behind) = line.split_once('|').unwrap_or((line, ""));
        let is_frame = line.contains('|') && number.trim().chars().all(|c| c.is_ascii_digit());
        if line.starts_with("note: ") || line.starts_with("help: ") || head.contains("\n\n") {
            break;
        }
        if let Some(remark) = line.trim_start().strip_prefix("= ") {
            let theirs =
                ["help: the ", "note: this error originates", "note: required for", "help: consider"];
            is_theirs = theirs.iter().any(|begin| remark.starts_with(begin));
        }
        if is_frame {
            is_theirs = false;
            shown.push(format!("{}|{}", " ".repeat(number.len()), behind.trim_end()));
        } else if !is_theirs {
            shown.push(line.trim_end().into());
        }
    }
    while shown.last().is_some_and(|line| matches!(line.trim(), "" | "|" | "...")) {
        shown.pop();
    }
    shown.join("\n")
}

/// A file without its imports and remarks, and of a lone `main` what is in it.
fn call(text: &str) -> String {
    let text: Vec<&str> =
        text.lines().filter(|line| !line.starts_with("use ") && !line.starts_with("//")).collect();
    let text = text.join("\n");
    match text.trim().strip_prefix("fn main() {\n").and_then(|body| body.strip_suffix("\n}")) {
        Some(body) if !body.contains("\n}") => {
            body.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
        }
        _ => text.trim().into(),
    }
}
