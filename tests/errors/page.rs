//! The page: entries under headings.

use einsum_spec::{
    check::check,
    parse::{MOST_BYTES, parse},
    report::Report,
};

/// A message.
pub(crate) struct Entry {
    /// The heading that it stands under: one of [`GROUPS`].
    pub(crate) group: &'static str,
    /// Code that has it.
    pub(crate) call: String,
    /// What is said.
    pub(crate) message: String,
    /// What it does not say itself.
    pub(crate) why: Option<String>,
}

/// The headings, in order, and what stands below each.
pub(crate) const GROUPS: [(&str, &str); 12] = [
    (
        "The call",
        "The form of a call is `einsum!([c =] [scale *] \"subscripts\", operands...; options...)`; what stands where is marked by the compiler.",
    ),
    (
        "The text",
        "The part of the text that is meant is underlined in the message. All mistakes of a text are reported at once.",
    ),
    ("The output", ""),
    ("Affine axes", "An axis that is read at a sum of indices: `einsum!(\"(2x+i),i->x\", signal, kernel)`."),
    ("Operands", "Each term of the text is for one operand, in order."),
    (
        "Options",
        "They stand behind a `;`: `path`, `memory_limit`, and the extents of indices that no array gives, by their letter.",
    ),
    (
        "Ranks and types",
        "The compiler adds what it knows of the traits behind these messages (`required by a bound in ...`); that is left out here.",
    ),
    ("`einsum_view!`", "A view has most messages above as well, and these."),
    ("`einsum_vjp!` and `einsum_vjp_path!`", "They have most messages above as well, and these."),
    ("`einsum_path!`", "It has most messages above as well, and these."),
    (
        "What the compiler says by itself",
        "These are rustc's own messages, about the arrays and elements of a call: the place is marked in the call.",
    ),
    (
        RUN_TIME,
        "`einsum!`, `einsum_view!`, `einsum_vjp!` and `sliding_windows` panic with these texts, at the line of the call; `try_einsum!` and \
    `try_sliding_windows` return them as an `EinsumError`. All of them come before anything is written. Operands and axes are counted from 0.",
    ),
];

/// The heading of what is found at run time.
pub(crate) const RUN_TIME: &str = "At run time";

const HEAD: &str = "# Messages

Everything that ndeinsum can say, with a small call that makes it say so. This page is written by `tests/errors.rs`, from calls that are refused by
the compiler (`tests/ui/`) or at run time (`tests/errors/run_time.rs`), and the test fails where a message of the sources is missing.

";

/// The page.
pub(crate) fn write(entries: &[Entry]) -> String {
    for entry in entries {
        assert!(
            GROUPS.iter().any(|(group, _)| *group == entry.group),
            "there is no heading {:?}",
            entry.group
        );
    }
    let mut page = HEAD.to_owned();
    for (group, _) in GROUPS {
        let count = entries.iter().filter(|entry| entry.group == group).count();
        page += &format!("- [{group}](#{}): {count}\n", anchor(group));
    }
    for (group, about) in GROUPS {
        page += &format!("\n## {group}\n");
        if !about.is_empty() {
            page += &format!("\n{about}\n");
        }
        for entry in entries.iter().filter(|entry| entry.group == group) {
            let (title, call, message) = (entry.title(), &entry.call, &entry.message);
            page += &format!("\n### {title}\n\n```rust,ignore\n{call}\n```\n\n```text\n{message}\n```\n");
            if let Some(why) = &entry.why {
                page += &format!("\n{why}\n");
            }
        }
    }
    page
}

impl Entry {
    /// The first line, without what stands before it in all messages.
    fn title(&self) -> &str {
        let first = self.message.lines().next().unwrap_or_default();
        let behind = |mark: &str| first.find(mark).map(|at| &first[at + mark.len()..]);
        if self.group == RUN_TIME { behind("\": ").or(behind("windows: ")) } else { behind(": ") }
            .unwrap_or(first)
    }
}

// As GitHub does.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

/// What is said of texts that are too long for a file.
pub(crate) fn long_texts() -> Vec<Entry> {
    let long = "i".repeat(MOST_BYTES + 1);
    let foreign = "%$".repeat(Report::MOST_SHOWN);
    [
        (long, "einsum!(\"iii...iii\", a) // 65001 letters", 0),
        (foreign, "einsum!(\"%$%$...%$\", a) // 64 mistakes", Report::MOST_SHOWN),
    ]
    .into_iter()
    .map(|(text, call, n)| {
        let (subscripts, report) = parse(&text);
        let found = check(&subscripts, 1, report).expect_err("the text is wrong").into_diagnostics(&text);
        // As the compiler shows it.
        let message = format!("error: {}", found[n].to_string().replace('\n', "\n       "));
        let message = message.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        Entry { group: "The text", call: call.into(), message, why: None }
    })
    .collect()
}
