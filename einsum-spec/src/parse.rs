//! Text to [`Subscripts`]: the grammar of `ndeinsum`, with recovery.
//!
//! ```text
//! subscripts := term ("," term)* [ "->" term ]
//! term       := axis* with at most one "..." among them
//! axis       := label | "..." | "(" affine ")"
//! affine     := [coefficient] label ("+" [coefficient] label)*
//! label      := any alphabetic character
//! ```
//!
//! Spaces may stand anywhere but inside `->` and `...`. The parser never stops at a mistake: it notes it, takes
//! what was most likely meant, and goes on, so that all mistakes of a text come in one report. A tree that comes
//! with mistakes serves only to find more of them.

use crate::{
    ast::{Axis, AxisKind, Span, Subscripts, Summand, Term},
    report::{Mistake, Report},
};
use alloc::vec::Vec;

/// The longest text, in bytes: operands and indices have numbers of 16 bits.
pub const MOST_BYTES: usize = 65_000;

/// Parses a text. The tree is right if the report is empty. It takes time in proportion to the length of the text, whatever is in it.
pub fn parse(text: &str) -> (Subscripts, Report) {
    let mut parser = Parser {
        text,
        at: 0,
        terms: Vec::new(),
        axes: Vec::new(),
        has_ellipsis: false,
        inputs: None,
        group_ends: None,
        report: Report::default(),
    };
    if text.len() > MOST_BYTES {
        parser.at = text.len();
        parser.mistake(Mistake::TooLong(text.len()), 0);
        parser.report.text_is_a_part();
    }
    while let Some(c) = parser.peek() {
        parser.element(c);
    }
    parser.finish()
}

/// Whether a character can name an index.
pub fn is_label(c: char) -> bool {
    c.is_alphabetic()
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// Complete terms.
    terms: Vec<Term>,
    /// The axes of the term that is being read.
    axes: Vec<Axis>,
    /// Whether there is an ellipsis among them.
    has_ellipsis: bool,
    /// How many terms came before the arrow, once it was read.
    inputs: Option<usize>,
    /// The ends of the parentheses from the first one on, once there is one.
    group_ends: Option<Vec<GroupEnd>>,
    report: Report,
}

impl Parser<'_> {
    fn element(&mut self, c: char) {
        let start = self.at;
        match c {
            ' ' => self.at += 1,
            ',' => self.comma(),
            '.' => self.dots(),
            '(' => self.affine(),
            ')' => {
                self.at += 1;
                self.mistake(Mistake::Unopened, start);
            }
            '-' | '>' | '=' | '<' | '→' | '⇒' | '−' | '–' => self.arrow(),
            c if is_label(c) => {
                self.bump();
                self.axis(AxisKind::Label(c), start);
            }
            c => self.foreign(c),
        }
    }

    // A run of digits, or of one other character, is one mistake.
    fn foreign(&mut self, first: char) {
        let start = self.at;
        while self.peek().is_some_and(|c| c == first || first.is_ascii_digit() && c.is_ascii_digit()) {
            self.bump();
        }
        self.mistake(Mistake::NotALabel(self.text[start..self.at].into()), start);
        if Mistake::separates_terms(first) && self.inputs.is_none() {
            self.end_term(start);
        }
    }

    fn comma(&mut self) {
        let start = self.at;
        self.at += 1;
        if self.inputs.is_some() {
            self.mistake(Mistake::CommaInOutput, start);
            self.report.output_unclear = true;
        }
        self.end_term(start);
    }

    // `...`, and what looks like it: fewer or more dots, dots with spaces between them.
    fn dots(&mut self) {
        let start = self.at;
        let (dots, spaced) = self.run_of('.');
        match (dots, spaced) {
            (3, false) if self.has_ellipsis => self.mistake(Mistake::SecondEllipsis, start),
            (3, false) => {
                self.axis(AxisKind::Ellipsis, start);
                self.has_ellipsis = true;
            }
            (3, true) => self.mistake(Mistake::SpacedEllipsis, start),
            (n, _) => self.mistake(Mistake::Dots(n), start),
        }
    }

    // Consumes a run of one character, over spaces as well: how many there were, and whether spaces were between.
    fn run_of(&mut self, c: char) -> (usize, bool) {
        let (mut count, mut spaced, mut end) = (0, false, self.at);
        loop {
            match self.peek() {
                Some(next) if next == c => {
                    spaced |= self.at != end;
                    count += 1;
                    self.bump();
                    end = self.at;
                }
                Some(' ') => self.at += 1,
                _ => break,
            }
        }
        self.at = end;
        (count, spaced)
    }

    // `->`, and what looks like it.
    fn arrow(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        if rest.starts_with("->") {
            self.at += 2;
            if self.inputs.is_some() {
                self.mistake(Mistake::SecondArrow, start);
                self.report.output_unclear = true;
            }
        } else if rest.strip_prefix('-').is_some_and(|rest| rest.trim_start_matches(' ').starts_with('>')) {
            self.at = start + rest.find('>').map_or(1, |at| at + 1);
            self.mistake(Mistake::SpacedArrow, start);
        } else {
            let arrow_like = |c: char| matches!(c, '-' | '>' | '=' | '<' | '→' | '⇒' | '−' | '–');
            self.at = start + rest.find(|c| !arrow_like(c)).unwrap_or(rest.len());
            self.mistake(Mistake::NotAnArrow(rest[..self.at - start].into()), start);
            // `i<-ij` has its output in front.
            self.report.output_unclear |= rest.starts_with('<');
        }
        self.end_term(start);
        self.inputs.get_or_insert(self.terms.len());
    }

    // `(2x+3i)`; `self.at` is at the parenthesis.
    fn affine(&mut self) {
        let start = self.at;
        let Some(end) = self.group_end() else {
            self.at += 1;
            self.report.operands_unclear = true;
            return self.mistake(Mistake::Unclosed, start);
        };
        self.at = end;
        match summands(&self.text[start + 1..self.at - 1], start + 1) {
            Some(summands) => self.axis(AxisKind::Affine(summands), start),
            None => {
                self.report.text_is_a_part();
                let in_output = self.inputs.is_some();
                let mistake = if in_output { Mistake::AffineOutput } else { Mistake::NotAffine };
                self.mistake(mistake, start);
            }
        }
    }

    // The end of the parentheses that are opened here, if they are closed.
    fn group_end(&mut self) -> Option<usize> {
        let ends = self.group_ends.get_or_insert_with(|| group_ends(self.text, self.at));
        let found = ends.binary_search_by_key(&self.at, |group| group.start);
        found.ok().map(|n| ends[n].end)
    }

    fn axis(&mut self, kind: AxisKind, start: usize) {
        self.axes.push(Axis { span: Span { start, end: self.at }, kind });
    }

    fn mistake(&mut self, mistake: Mistake, start: usize) {
        self.report.add(mistake, Span { start, end: self.at });
    }

    fn end_term(&mut self, end: usize) {
        let axes = core::mem::take(&mut self.axes);
        self.has_ellipsis = false;
        let span = match (axes.first(), axes.last()) {
            (Some(first), Some(last)) => Span { start: first.span.start, end: last.span.end },
            _ => Span { start: end, end },
        };
        self.terms.push(Term { span, axes });
    }

    fn finish(mut self) -> (Subscripts, Report) {
        self.end_term(self.text.len());
        let inputs = self.inputs.unwrap_or(self.terms.len());
        let mut terms = self.terms.into_iter();
        let operands = terms.by_ref().take(inputs).collect();
        // More than one term after the arrow is a mistake that has been noted.
        let subscripts = Subscripts { text: self.text.into(), terms: operands, output: terms.next() };
        (subscripts, self.report)
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }
}

/// Where parentheses that are closed begin and end.
struct GroupEnd {
    start: usize,
    end: usize,
}

// All that are closed from a place on, by their beginnings: in one walk, however deep they are.
fn group_ends(text: &str, from: usize) -> Vec<GroupEnd> {
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for (at, c) in text[from..].char_indices() {
        match c {
            '(' => open.push(from + at),
            ')' => closed.extend(open.pop().map(|start| GroupEnd { start, end: from + at + 1 })),
            _ => {}
        }
    }
    closed.sort_unstable_by_key(|group| group.start);
    closed
}

// `2x+3i`; `from` is its place in the text.
fn summands(text: &str, mut from: usize) -> Option<Vec<Summand>> {
    let parts = text.split('+').map(|part| {
        let summand = summand(part, from);
        from += part.len() + 1;
        summand
    });
    parts.collect()
}

// `2x`, with spaces around and between.
fn summand(part: &str, from: usize) -> Option<Summand> {
    let trimmed = part.trim_matches(' ');
    let start = from + part.len() - part.trim_start_matches(' ').len();
    let digits = trimmed.len() - trimmed.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    // `check` refuses 0, and with it what is too large for a coefficient.
    let coefficient = if digits == 0 { 1 } else { trimmed[..digits].parse().unwrap_or(0) };
    let mut label = trimmed[digits..].trim_start_matches(' ').chars();
    match (label.next(), label.next()) {
        (Some(label), None) if is_label(label) => {
            Some(Summand { span: Span { start, end: start + trimmed.len() }, coefficient, label })
        }
        _ => None,
    }
}
