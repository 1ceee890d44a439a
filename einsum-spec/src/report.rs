//! Mistakes in subscripts: what can be wrong, the words for it, and the caret line under the place.
//!
//! All wording is in the `Display` of [`Mistake`] and in [`Mistake::help`], so that the compiler, a run-time tool and
//! the documentation say the same. A mistake never stops the stage that finds it: it goes into the [`Report`],
//! and the report is read at the end.

use crate::{
    ast::Span,
    columns::{columns, visible, width},
    parse::MOST_BYTES,
};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

/// The mistakes found in one text so far.
#[must_use = "a report holds the user's mistakes"]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    found: Vec<(Mistake, Span)>,
    /// The text is too broken for a statement about its output.
    pub(crate) output_unclear: bool,
    /// The text is too broken for a statement about its operands: how many, and what labels they have.
    pub(crate) operands_unclear: bool,
}

impl Report {
    /// Nobody reads more: a text of another kind altogether may have a mistake at every character.
    pub const MOST_SHOWN: usize = 32;

    /// Adds a mistake.
    pub fn add(&mut self, mistake: Mistake, span: Span) {
        self.found.push((mistake, span));
    }

    /// Says that the text is but a part of the subscripts, so that nothing can be said about what it lacks.
    pub fn text_is_a_part(&mut self) {
        self.operands_unclear = true;
        self.output_unclear = true;
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The mistakes with the text that they are about, from left to right. Of more than [`Report::MOST_SHOWN`] the last ones are counted only.
    pub fn into_diagnostics(mut self, text: &str) -> Vec<Diagnostic> {
        self.found.sort_by_key(|(_, span)| span.start);
        let more = self.found.len().saturating_sub(Report::MOST_SHOWN);
        if more > 1 {
            let (_, span) = self.found[Report::MOST_SHOWN];
            self.found.truncate(Report::MOST_SHOWN);
            self.found.push((Mistake::More(more), span));
        }
        self.found
            .into_iter()
            .map(|(mistake, span)| Diagnostic { mistake, span, text: text.into() })
            .collect()
    }
}

/// One mistake, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong.
    pub mistake: Mistake,
    /// Where.
    pub span: Span,
    /// The subscripts.
    pub text: String,
}

/// What can be wrong with subscripts.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Something that has no meaning here: a run of one character, or of digits.
    NotALabel(String),
    /// One, two, or more than three dots in a row.
    Dots(usize),
    /// Spaces between the dots of `...`.
    SpacedEllipsis,
    /// Spaces between the `-` and the `>` of `->`.
    SpacedArrow,
    /// Something that is nearly an arrow: `-`, `>`, `>-`, `=>`, `<-`, `→`.
    NotAnArrow(String),
    /// A second `->`.
    SecondArrow,
    /// A comma after `->`.
    CommaInOutput,
    /// A second `...` in one term.
    SecondEllipsis,
    /// `(` without its `)`.
    Unclosed,
    /// `)` without its `(`.
    Unopened,
    /// Something between parentheses that is no affine axis.
    NotAffine,
    /// A number that is no coefficient of an affine axis: zero, or one that is too large.
    Coefficient(String),
    /// An affine axis of one label without a coefficient.
    AffineLone(char),
    /// A label that a sum has already.
    AffineRepeated {
        /// The label.
        label: char,
        /// The sum of all its coefficients.
        total: u64,
    },
    /// An affine axis that leaves the extents of these labels open, two or more.
    AffineOpen(Vec<char>),
    /// An affine axis in the output.
    AffineOutput,
    /// No operand at all.
    NoOperands,
    /// More terms than operands.
    FewOperands {
        /// How many terms there are.
        terms: usize,
        /// How many operands there are.
        operands: usize,
        /// There are as many empty terms as operands are missing, or more.
        empty_terms: bool,
    },
    /// More operands than terms.
    ManyOperands {
        /// How many terms there are.
        terms: usize,
        /// How many operands there are.
        operands: usize,
    },
    /// A label of the output that no operand has.
    OutputUnknown {
        /// The label.
        label: char,
        /// What the operands have, one more than [`Mistake::MOST_LISTED`] at most.
        known: Vec<char>,
    },
    /// A label that the output has had before.
    OutputRepeated(char),
    /// A view that would have to sum over this label (`None`: over the ellipsis).
    ViewSums(Option<char>),
    /// A view of several operands.
    ViewOfMany(usize),
    /// A text of so many bytes: more than [`MOST_BYTES`].
    TooLong(usize),
    /// So many mistakes that are not shown.
    More(usize),
}

impl Mistake {
    /// How many labels a help line lists.
    pub const MOST_LISTED: usize = 26;

    /// Whether this is most likely meant as the comma between two terms.
    pub(crate) fn separates_terms(c: char) -> bool {
        matches!(c, '*' | ';' | '|' | '/' | '&')
    }

    /// What to write instead, where that is certain.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Mistake::NotALabel(text) => not_a_label_help(text)?.into(),
            Mistake::Dots(1 | 2) | Mistake::SpacedEllipsis => "the ellipsis is written `...`".into(),
            Mistake::Dots(_) => "the ellipsis is three dots, `...`, and may stand once in a term".into(),
            Mistake::NotAnArrow(text) if text.starts_with('<') => {
                "the output stands behind the arrow: `operands->output`".into()
            }
            Mistake::SpacedArrow | Mistake::NotAnArrow(_) => "the arrow is written `->`".into(),
            Mistake::SecondArrow => "an einsum has one `->`, between its operands and its output".into(),
            Mistake::CommaInOutput => "an einsum has one output: write its labels without a comma".into(),
            Mistake::SecondEllipsis => "all axes that `...` stands for are in one place of a term".into(),
            Mistake::NotAffine => {
                "an affine axis is a sum of labels, each with a coefficient or without, such as `(2x+i)`"
                    .into()
            }
            Mistake::Coefficient(_) => format!("a coefficient is an integer from 1 to {}", u32::MAX),
            Mistake::AffineLone(label) => format!("write the axis as `{label}`"),
            Mistake::AffineRepeated { label, total } => format!("write `{total}{label}`"),
            Mistake::AffineOpen(labels) => {
                let example = labels.last().unwrap_or(&'i');
                format!(
                    "an index has its extent from an axis of its own, in an operand or in an array that is assigned to, \
                     or from the call, `; {example} = 3`"
                )
            }
            Mistake::AffineOutput => {
                "a sum of indices says where an operand is read: it stands before the `->`".into()
            }
            Mistake::NoOperands => {
                "an array for each term follows the subscripts: `\"ij,jk->ik\", a, b`".into()
            }
            Mistake::FewOperands { empty_terms: true, .. } => {
                "an empty term stands for a scalar operand; with one comma less there is one term less".into()
            }
            Mistake::OutputUnknown { known, .. } if known.is_empty() => "the operands have no labels".into(),
            Mistake::OutputUnknown { label, known } => {
                match known.iter().find(|other| same_but_for_case(*label, **other)) {
                    Some(other) => format!("the operands have `{other}`, and case matters"),
                    None => format!("the operands have {}", list(known)),
                }
            }
            Mistake::OutputRepeated(_) => "a label is one letter, and may stand once in the output".into(),
            Mistake::ViewSums(_) | Mistake::ViewOfMany(_) => {
                "a view only permutes axes and takes diagonals; `einsum!` computes".into()
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mistake::NotALabel(text) => write!(f, "{} is not a label: labels are letters", Shown(text)),
            Mistake::Dots(1) => f.write_str("a single `.` has no meaning"),
            Mistake::Dots(n) => write!(f, "`{}` is not an ellipsis", Short(&".".repeat(*n))),
            Mistake::SpacedEllipsis => f.write_str("there is a space inside `...`"),
            Mistake::SpacedArrow => f.write_str("there is a space inside `->`"),
            Mistake::NotAnArrow(text) => write!(f, "`{}` is not an arrow", Short(text)),
            Mistake::SecondArrow => f.write_str("there is a second `->`"),
            Mistake::CommaInOutput => f.write_str("there is a `,` in the output"),
            Mistake::SecondEllipsis => f.write_str("there is a second `...` in this term"),
            Mistake::Unclosed => f.write_str("this `(` has no `)`"),
            Mistake::Unopened => f.write_str("this `)` has no `(`"),
            Mistake::NotAffine => f.write_str("this is not an affine axis"),
            Mistake::Coefficient(number) => write!(f, "`{}` is not a coefficient", Short(number)),
            Mistake::AffineLone(label) => write!(f, "`({label})` is not a sum"),
            Mistake::AffineRepeated { label, .. } => write!(f, "label `{label}` is repeated in this sum"),
            Mistake::AffineOpen(labels) => {
                write!(f, "nothing gives {} an extent, and a sum can give only one of them", list(labels))
            }
            Mistake::AffineOutput => f.write_str("an affine axis cannot stand in the output"),
            Mistake::NoOperands => f.write_str("there are no operands"),
            Mistake::FewOperands { terms, operands, .. } => {
                let left_over = if terms - operands == 1 {
                    "this term has none".to_string()
                } else {
                    format!("these {} terms have none", terms - operands)
                };
                write!(f, "{} for {}: {left_over}", count(*operands, "operand"), count(*terms, "term"))
            }
            Mistake::ManyOperands { terms, operands } => {
                write!(f, "{} for {}", count(*operands, "operand"), count(*terms, "term"))?;
                if operands - terms == 1 {
                    f.write_str(": the last one has no term")
                } else {
                    write!(f, ": the last {} have no term", operands - terms)
                }
            }
            Mistake::OutputUnknown { label, .. } => {
                write!(f, "output label `{label}` does not occur in any operand")
            }
            Mistake::OutputRepeated(label) => write!(f, "output label `{label}` is repeated"),
            Mistake::ViewSums(Some(label)) => {
                write!(f, "index `{label}` is not in the output, and a view cannot sum")
            }
            Mistake::ViewSums(None) => f.write_str("`...` is not in the output, and a view cannot sum"),
            Mistake::ViewOfMany(terms) => write!(f, "a view is of one operand, and there are {terms} terms"),
            Mistake::TooLong(bytes) => {
                write!(f, "a text of {bytes} bytes is too long: subscripts have {MOST_BYTES} at most")
            }
            Mistake::More(mistakes) => write!(f, "from here on there are {mistakes} more mistakes"),
        }
    }
}

/// The message, the text, a line of carets, and the help.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.mistake)?;
        if !self.text.is_empty() {
            let Span { start, end } = self.span;
            let Excerpt { from, to } = Excerpt::of(&self.text, start);
            let under = width(&self.text[start..end.min(to)]);
            // A mark that takes no column stands on the letter before it.
            let is_mark = under == 0 && start < end;
            let cut = usize::from(from > 0);
            let before = cut + width(&self.text[from..start]).saturating_sub(usize::from(is_mark));
            let under = under.max(1);
            let [left, right] = [from > 0, to < self.text.len()].map(|is_cut| if is_cut { "…" } else { "" });
            let shown: String = self.text[from..to].chars().map(visible).collect();
            write!(f, "\n\n    {left}{shown}{right}")?;
            write!(f, "\n    {:before$}{:^<under$}", "", "")?;
        }
        match self.mistake.help() {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Diagnostic {}

/// The part of a text that is shown with a mistake in it: all, if that fits a wide screen.
struct Excerpt {
    from: usize,
    to: usize,
}

impl Excerpt {
    const MOST: usize = 200;
    /// Characters before the mistake where not all are shown, and from there on.
    const BEFORE: usize = 60;
    const AFTER: usize = 100;

    fn of(text: &str, start: usize) -> Excerpt {
        if text.chars().nth(Excerpt::MOST).is_none() {
            return Excerpt { from: 0, to: text.len() };
        }
        let from = text[..start].char_indices().rev().nth(Excerpt::BEFORE - 1).map_or(0, |(at, _)| at);
        let to = text[start..].char_indices().nth(Excerpt::AFTER).map_or(text.len(), |(at, _)| start + at);
        Excerpt { from, to }
    }
}

/// The first characters of what may be long.
struct Short<'t>(&'t str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 40;
        match self.0.char_indices().nth(MOST) {
            Some((end, _)) => write!(f, "{}…", &self.0[..end]),
            None => f.write_str(self.0),
        }
    }
}

/// Foreign characters in a sentence: as they are, between backticks, or the code point of what cannot be seen.
struct Shown<'t>(&'t str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.chars().next() {
            Some('\t') => f.write_str("a tab"),
            Some('\n') => f.write_str("a line break"),
            Some(c) if c.is_whitespace() || visible(c) != c || columns(c) == 0 => {
                write!(f, "the character U+{:04X}", u32::from(c))
            }
            _ => write!(f, "`{}`", Short(self.0)),
        }
    }
}

fn not_a_label_help(text: &str) -> Option<&'static str> {
    let first = text.chars().next()?;
    Some(match first {
        '0'..='9' => "an index is named by one letter; a label has no number",
        '_' => "a label is one letter, and labels need nothing between them",
        '…' => "the ellipsis is three dots, `...`",
        c if Mistake::separates_terms(c) => "the terms of the operands are separated by `,`",
        c if c.is_whitespace() || visible(c) != c => "only spaces may stand between labels",
        c if columns(c) == 0 => "write a letter with its accent as one character",
        _ => return None,
    })
}

fn same_but_for_case(one: char, other: char) -> bool {
    one.to_lowercase().eq(other.to_lowercase())
}

fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

fn list(labels: &[char]) -> String {
    let quoted: Vec<String> =
        labels.iter().take(Mistake::MOST_LISTED).map(|label| format!("`{label}`")).collect();
    let more = if labels.len() > Mistake::MOST_LISTED { ", ..." } else { "" };
    quoted.join(", ") + more
}
