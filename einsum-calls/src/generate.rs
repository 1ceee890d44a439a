//! Random calls: subscripts by families that real calls come from and by pure chance, then the form of the call.
//!
//! A seed gives the same calls for ever. Subscripts are made of axes, written down, and kept if `einsum-spec` accepts them: nothing is known
//! here of what a call means. Shapes are no part of a call; they are drawn when it runs.

use einsum_spec::{
    check::{check_given, check_view_given},
    infer::Given,
    parse::parse,
    spec::Spec,
};
use fastrand::Rng;
use std::{collections::HashSet, fmt::Write};

/// The element types with the names of their [`Function`](crate::Function)s, and how often each is taken.
const ELEMENTS: [(&str, &str, usize); 17] = [
    ("f64", "F64", 22),
    ("f32", "F32", 16),
    ("Complex<f64>", "C64", 8),
    ("Complex<f32>", "C32", 7),
    ("i64", "I64", 5),
    ("i32", "I32", 5),
    ("i16", "I16", 3),
    ("i8", "I8", 3),
    ("isize", "Isize", 3),
    ("u64", "U64", 4),
    ("u32", "U32", 4),
    ("u16", "U16", 3),
    ("u8", "U8", 4),
    ("usize", "Usize", 3),
    ("Fraction", "Fraction", 3),
    ("MaxPlus", "MaxPlus", 4),
    ("Matrix", "Matrix", 4),
];

/// A call as it will be written.
pub struct Call {
    /// The position in its list.
    pub number: usize,
    /// The subscripts.
    pub text: String,
    /// The Rust type of the elements.
    pub element: &'static str,
    /// The variant of `Function` for it.
    pub variant: &'static str,
    /// What is called, and how.
    pub form: Form,
    /// One for each operand.
    pub operands: Vec<Operand>,
    /// The labels whose extent the call gives.
    pub given: Vec<char>,
    /// The option `path`.
    pub path: Option<Vec<(usize, usize)>>,
    /// Whether there is the option `memory_limit`.
    pub is_limited: bool,
    /// The option `wrt`: positions of operands, or `None` for the scale.
    pub wrt: Option<Vec<Option<usize>>>,
    /// What the result is.
    pub output: Output,
}

/// The macro and what is done with the result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// What is called.
    pub kind: Kind,
    /// Whether the result is multiplied by a number.
    pub is_scaled: bool,
    /// Whether it is `try_einsum!`.
    pub is_tried: bool,
}

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `einsum!("…", …)`
    Value,
    /// `einsum!(c = "…", …)`
    Set,
    /// `einsum!(c += "…", …)`
    Add,
    /// `einsum!(c -= "…", …)`
    Subtract,
    /// `einsum_view!("…", a)`
    View,
    /// `einsum_view!("…", &mut a)`
    ViewMut,
    /// `einsum_vjp!("…", …; g)`
    Vjp,
}

impl Kind {
    /// Whether there is a place.
    pub fn is_assignment(self) -> bool {
        matches!(self, Kind::Set | Kind::Add | Kind::Subtract)
    }
}

/// How an operand is written.
#[derive(Clone, Copy)]
pub struct Operand {
    /// The static rank, if it has one.
    pub rank: Option<usize>,
    /// Whether it is `conj(a)`.
    pub is_conjugated: bool,
    /// How many `&` stand before it.
    pub references: usize,
}

/// The type of the result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// A plain element.
    Number,
    /// An array of this static rank, or of a dynamic one.
    Array(Option<usize>),
}

/// An axis of a term.
#[derive(Clone, PartialEq)]
enum Axis {
    Label(char),
    Ellipsis,
    Sum(Vec<(u32, char)>),
}

struct Text {
    terms: Vec<Vec<Axis>>,
    output: Option<Vec<Axis>>,
}

/// The calls of a seed, no two of them alike.
pub fn calls(seed: u64, count: usize) -> Vec<Call> {
    let mut rng = Rng::with_seed(seed);
    let (mut calls, mut seen) = (Vec::with_capacity(count), HashSet::new());
    while calls.len() < count {
        let Some(call) = call(&mut rng, calls.len()) else { continue };
        if seen.insert(crate::emit::invocation(&call) + call.element) {
            calls.push(call);
        }
    }
    calls
}

fn call(rng: &mut Rng, number: usize) -> Option<Call> {
    let (element, variant, _) = ELEMENTS[weighted(rng, &ELEMENTS.map(|(_, _, weight)| weight))];
    let is_slow = matches!(element, "Fraction" | "MaxPlus" | "Matrix");
    let kind = match rng.u32(..100) {
        0..34 => Kind::Value,
        34..48 => Kind::Set,
        48..62 => Kind::Add,
        62..74 if element != "MaxPlus" => Kind::Subtract,
        74..78 => Kind::View,
        78..81 => Kind::ViewMut,
        81..94 if !matches!(element, "MaxPlus" | "Matrix") => Kind::Vjp,
        _ => Kind::Value,
    };
    let is_view = matches!(kind, Kind::View | Kind::ViewMut);
    let form = Form {
        kind,
        is_scaled: !is_view && rng.f32() < 0.3,
        is_tried: !is_view && kind != Kind::Vjp && rng.f32() < 0.3,
    };
    let text = if is_view { view(rng, kind) } else { text(rng) };
    let (written, given, spec) = written(rng, &text, kind)?;
    let has_ellipsis = |term: &Vec<Axis>| term.contains(&Axis::Ellipsis);
    let operands: Vec<Operand> = text
        .terms
        .iter()
        .map(|term| {
            let rest = if has_ellipsis(term) { rng.usize(..3).min(7 - term.len().min(7)) } else { 0 };
            let rank = term.len() - usize::from(has_ellipsis(term)) + rest;
            Operand {
                rank: (rank <= 6 && rng.f32() < 0.85).then_some(rank),
                is_conjugated: !is_view && rng.f32() < 0.06,
                references: [0, 0, 0, 1, 2][rng.usize(..5)],
            }
        })
        .collect();
    let output = output(&spec, &text, &operands);
    let count = operands.len();
    // A path may take operands apart that are not neighbours, which a multiplication that does not commute forbids.
    let has_options = count > 1 && kind != Kind::Vjp && !is_view;
    let path = (has_options && !is_slow && rng.f32() < 0.12).then(|| random_path(rng, count));
    let is_limited = has_options && path.is_none() && rng.f32() < 0.08;
    let wrt = (kind == Kind::Vjp && rng.f32() < 0.2).then(|| {
        let mut all: Vec<Option<usize>> = (0..count).map(Some).collect();
        all.extend(form.is_scaled.then_some(None));
        rng.shuffle(&mut all);
        all.truncate(rng.usize(1..=all.len()));
        all
    });
    Some(Call {
        number,
        text: written,
        element,
        variant,
        form,
        operands,
        given,
        path,
        is_limited,
        wrt,
        output,
    })
}

fn output(spec: &Spec, text: &Text, operands: &[Operand]) -> Output {
    if spec.output.is_empty() {
        return Output::Number;
    }
    let mut rank = spec.output.len();
    if spec.output.iter().any(|&id| spec.is_ellipsis(id)) {
        let with = text.terms.iter().zip(operands).filter(|(term, _)| term.contains(&Axis::Ellipsis));
        let rests: Option<Vec<usize>> =
            with.map(|(term, operand)| operand.rank.map(|rank| rank + 1 - term.len())).collect();
        match rests {
            Some(rests) => rank = rank - 1 + rests.into_iter().max().unwrap_or(0),
            None => return Output::Array(None),
        }
    }
    Output::Array((rank <= 6).then_some(rank))
}

fn random_path(rng: &mut Rng, count: usize) -> Vec<(usize, usize)> {
    (2..=count)
        .rev()
        .map(|left| {
            let one = rng.usize(..left);
            let other = (one + rng.usize(1..left)) % left;
            (one, other)
        })
        .collect()
}

fn weighted(rng: &mut Rng, weights: &[usize]) -> usize {
    let mut at = rng.usize(..weights.iter().sum::<usize>());
    weights
        .iter()
        .position(|&weight| {
            let found = at < weight;
            at = at.wrapping_sub(weight);
            found
        })
        .expect("less than the sum")
}

// The text, the extents that the call has to give, and the spec; `None` where there is no such call.
fn written(rng: &mut Rng, text: &Text, kind: Kind) -> Option<(String, Vec<char>, Spec)> {
    if text.terms.iter().any(|term| term.len() > 7) {
        return None;
    }
    let all = text.terms.iter().chain(&text.output).map(|term| term_text(rng, term)).collect::<Vec<String>>();
    let (terms, output) = all.split_at(text.terms.len());
    let mut written = terms.join(if rng.f32() < 0.1 { ", " } else { "," });
    if let [output] = output {
        written += if rng.f32() < 0.1 { " -> " } else { "->" };
        written += output;
    }
    let mut given = Given { output: kind.is_assignment(), labels: Vec::new() };
    loop {
        let (ast, report) = parse(&written);
        let checked = match kind {
            Kind::View | Kind::ViewMut => check_view_given(&ast, text.terms.len(), &given, report),
            _ => check_given(&ast, text.terms.len(), &given, report),
        };
        match checked {
            Ok(spec) if spec.indices.len() <= 11 && spec.output.len() <= 9 => {
                return Some((written, given.labels, spec));
            }
            Ok(_) => return None,
            Err(report) => drop(report.into_diagnostics(&written)),
        }
        // Perhaps it is but an extent that is missing.
        let assigned = if given.output { ast.output_labels() } else { Vec::new() };
        let is_known = |label: char| {
            given.labels.contains(&label)
                || assigned.contains(&label)
                || text.terms.iter().any(|term| term.contains(&Axis::Label(label)))
        };
        let open = text.terms.iter().flatten().find_map(|axis| match axis {
            Axis::Sum(sum) => {
                let open: Vec<char> =
                    sum.iter().map(|&(_, label)| label).filter(|&label| !is_known(label)).collect();
                (open.len() > 1).then(|| open[rng.usize(..open.len())])
            }
            _ => None,
        })?;
        given.labels.push(open);
    }
}

fn term_text(rng: &mut Rng, term: &[Axis]) -> String {
    let mut text = String::new();
    for axis in term {
        if rng.f32() < 0.02 {
            text.push(' ');
        }
        match axis {
            Axis::Label(label) => text.push(*label),
            Axis::Ellipsis => text += "...",
            Axis::Sum(sum) => {
                for (n, (coefficient, label)) in sum.iter().enumerate() {
                    text.push(if n == 0 { '(' } else { '+' });
                    if *coefficient > 1 {
                        write!(text, "{coefficient}").expect("a string grows");
                    }
                    text.push(*label);
                }
                text.push(')');
            }
        }
    }
    text
}

fn text(rng: &mut Rng) -> Text {
    let mut text = match rng.u32(..100) {
        0..28 => chaos(rng),
        28..44 => pair(rng),
        44..52 => product(rng),
        52..64 => single(rng),
        64..80 => network(rng),
        _ => convolution(rng),
    };
    if rng.f32() < 0.2 {
        add_ellipsis(rng, &mut text);
    }
    if rng.f32() < 0.12 {
        text.output = None;
    }
    rename(rng, &mut text);
    text
}

// One operand, all of whose labels are kept.
fn view(rng: &mut Rng, kind: Kind) -> Text {
    let pool: Vec<char> = ('a'..='f').take(rng.usize(1..=6)).collect();
    let rank = rng.usize(0..=6);
    let mut term: Vec<Axis> =
        (0..rank).map(|_| Axis::Label(rng.choice(&pool).copied().expect("some"))).collect();
    // Of what is written, windows may not overlap.
    if kind == Kind::View && rng.f32() < 0.3 {
        let sum = Axis::Sum(vec![(rng.u32(1..4), 'x'), (rng.u32(1..3), 'y')]);
        term.insert(rng.usize(..=term.len()), sum);
    }
    let mut output: Vec<Axis> = labels(&[term.clone()]).into_iter().map(Axis::Label).collect();
    rng.shuffle(&mut output);
    if rng.f32() < 0.3 || term.is_empty() {
        term.insert(rng.usize(..=term.len()), Axis::Ellipsis);
        output.insert(rng.usize(..=output.len()), Axis::Ellipsis);
    }
    let mut text = Text { terms: vec![term], output: Some(output) };
    rename(rng, &mut text);
    text
}

// Labels anywhere.
fn chaos(rng: &mut Rng) -> Text {
    let pool: Vec<char> = ('a'..='z').take(rng.usize(1..=8)).collect();
    let count = [1, 2, 2, 2, 3, 3, 4, 5, 6][rng.usize(..9)];
    let has_sums = rng.f32() < 0.25;
    let term = |rng: &mut Rng| {
        let rank = [0, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6][rng.usize(..11)];
        let mut axis = || match has_sums && rng.f32() < 0.3 {
            true => {
                let mut labels = pool.clone();
                rng.shuffle(&mut labels);
                let count = [1, 2, 2, 2, 3][rng.usize(..5)].min(labels.len());
                let least = if count == 1 { 2 } else { 1 };
                Axis::Sum(labels[..count].iter().map(|&label| (rng.u32(least..4), label)).collect())
            }
            false => Axis::Label(rng.choice(&pool).copied().expect("some")),
        };
        (0..rank).map(|_| axis()).collect()
    };
    let terms: Vec<Vec<Axis>> = (0..count).map(|_| term(rng)).collect();
    let share = rng.f32();
    let output = some_of(rng, &labels(&terms), share);
    Text { terms, output: Some(output) }
}

// One operand: sums, transposes, diagonals.
fn single(rng: &mut Rng) -> Text {
    let mut term: Vec<Axis> = ('a'..='f').take(rng.usize(1..=6)).map(Axis::Label).collect();
    if rng.f32() < 0.3 {
        let again = term[rng.usize(..term.len())].clone();
        term.push(again);
        term.truncate(6);
    }
    rng.shuffle(&mut term);
    let terms = vec![term];
    let share = [1.0, 1.0, 0.6, 0.3, 0.0][rng.usize(..5)];
    let output = some_of(rng, &labels(&terms), share);
    Text { terms, output: Some(output) }
}

// Two operands of up to two indices of each role.
fn pair(rng: &mut Rng) -> Text {
    let mut letters = 'a'..='z';
    let mut group = |rng: &mut Rng, weights: &[usize]| -> Vec<char> {
        letters.by_ref().take(weighted(rng, weights)).collect()
    };
    let batch = group(rng, &[5, 3, 1]);
    let rows = group(rng, &[2, 4, 2]);
    let columns = group(rng, &[2, 4, 2]);
    let contracted = group(rng, &[1, 5, 3]);
    let summed = [group(rng, &[12, 1]), group(rng, &[12, 1])];
    let mut term = |groups: &[&[char]]| {
        let mut term: Vec<Axis> = groups.concat().into_iter().map(Axis::Label).collect();
        if rng.f32() < 0.6 {
            rng.shuffle(&mut term);
        }
        if rng.f32() < 0.05 && !term.is_empty() {
            term.push(term[rng.usize(..term.len())].clone());
        }
        term
    };
    let terms = vec![
        term(&[&batch, &rows, &contracted, &summed[0]]),
        term(&[&batch, &contracted, &columns, &summed[1]]),
    ];
    let mut output: Vec<Axis> = [batch, rows, columns].concat().into_iter().map(Axis::Label).collect();
    if rng.bool() {
        rng.shuffle(&mut output);
    }
    Text { terms, output: Some(output) }
}

// Two matrices, or a batch of them, in any order of their axes.
fn product(rng: &mut Rng) -> Text {
    let batch: Vec<char> = (rng.f32() < 0.3).then_some('b').into_iter().collect();
    let mut term = |labels: [char; 2]| {
        let mut labels = labels.map(Axis::Label);
        rng.shuffle(&mut labels);
        batch.iter().map(|&label| Axis::Label(label)).chain(labels).collect::<Vec<Axis>>()
    };
    let terms = vec![term(['i', 'k']), term(['k', 'j'])];
    Text { output: Some(term(['i', 'j'])), terms }
}

// Three operands and more that hang together, in a tree or with rings.
fn network(rng: &mut Rng) -> Text {
    let count = [3, 3, 3, 4, 4, 5, 6][rng.usize(..7)];
    let mut letters = 'a'..='z';
    let mut terms: Vec<Vec<char>> = vec![Vec::new(); count];
    let mut join = |terms: &mut Vec<Vec<char>>, members: &[usize]| {
        let letter = letters.next().expect("few letters");
        members.iter().for_each(|&member| terms[member].push(letter));
        letter
    };
    let mut output = Vec::new();
    let is_chain = rng.bool();
    for n in 1..count {
        let other = if is_chain { n - 1 } else { rng.usize(..n) };
        let label = join(&mut terms, &[n, other]);
        if rng.f32() < 0.15 {
            output.push(label);
        }
    }
    for _ in 0..rng.usize(..3) {
        let members = [rng.usize(..count), rng.usize(..count), rng.usize(..count)];
        let mut members = members[..rng.usize(2..=3)].to_vec();
        members.sort_unstable();
        members.dedup();
        let label = join(&mut terms, &members);
        if rng.f32() < 0.4 {
            output.push(label);
        }
    }
    for _ in 0..rng.usize(..4) {
        output.push(join(&mut terms, &[rng.usize(..count)]));
    }
    let mut term = |mut term: Vec<char>| {
        rng.shuffle(&mut term);
        term.into_iter().map(Axis::Label).collect()
    };
    let output = Some(term(output));
    Text { terms: terms.into_iter().map(term).collect(), output }
}

// Windows: of one to three axes, with batch and channels.
fn convolution(rng: &mut Rng) -> Text {
    let pairs: Vec<(char, char)> =
        [('x', 'i'), ('y', 'j'), ('z', 'k')].into_iter().take(weighted(rng, &[0, 4, 5, 1])).collect();
    let is_affine = rng.f32() < 0.7;
    let (mut image, mut kernel, mut output) = (Vec::new(), Vec::new(), Vec::new());
    for &(x, i) in &pairs {
        if is_affine {
            let mut sum = vec![([1, 1, 1, 2, 3][rng.usize(..5)], x), ([1, 1, 1, 2, 3][rng.usize(..5)], i)];
            if rng.f32() < 0.1 {
                sum.reverse();
            }
            image.push(Axis::Sum(sum));
        } else {
            image.extend([Axis::Label(x), Axis::Label(i)]);
        }
        output.push(Axis::Label(x));
        if rng.f32() < 0.93 {
            kernel.push(Axis::Label(i));
        }
        if rng.f32() < 0.05 {
            output.push(Axis::Label(i));
        }
    }
    if !is_affine && rng.f32() < 0.6 {
        // Window axes behind, as `sliding_windows` has them.
        image.sort_by_key(|axis| matches!(axis, Axis::Label('i' | 'j' | 'k')));
    }
    let place = |rng: &mut Rng, chance: f32, label: char, terms: &mut [&mut Vec<Axis>]| {
        if rng.f32() < chance {
            for term in terms {
                term.insert(if rng.bool() { 0 } else { rng.usize(..=term.len()) }, Axis::Label(label));
            }
        }
    };
    place(rng, 0.35, 'n', &mut [&mut image, &mut output]);
    place(rng, 0.35, 'c', &mut [&mut image, &mut kernel]);
    place(rng, 0.35, 'o', &mut [&mut kernel, &mut output]);
    place(rng, 0.15, 'g', &mut [&mut image, &mut kernel, &mut output]);
    let mut terms = vec![image, kernel];
    if rng.f32() < 0.15 {
        let known = labels(&terms);
        terms.push(some_of(rng, &known, 0.3));
    }
    if rng.f32() < 0.15 {
        rng.shuffle(&mut terms);
    }
    // The gradient of the kernel, written by hand: the sums are contracted.
    if rng.f32() < 0.15 {
        std::mem::swap(&mut terms[1], &mut output);
    }
    output.dedup();
    Text { terms, output: Some(output) }
}

fn add_ellipsis(rng: &mut Rng, text: &mut Text) {
    for term in &mut text.terms {
        if rng.f32() < 0.7 {
            term.insert(rng.usize(..=term.len()), Axis::Ellipsis);
        }
    }
    if let Some(output) = &mut text.output
        && rng.f32() < 0.75
        && text.terms.iter().any(|term| term.contains(&Axis::Ellipsis))
    {
        output.insert(rng.usize(..=output.len()), Axis::Ellipsis);
    }
}

fn labels(terms: &[Vec<Axis>]) -> Vec<char> {
    let mut labels: Vec<char> = terms
        .iter()
        .flatten()
        .flat_map(|axis| match axis {
            Axis::Label(label) => vec![*label],
            Axis::Ellipsis => Vec::new(),
            Axis::Sum(sum) => sum.iter().map(|&(_, label)| label).collect(),
        })
        .collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

// Each of the labels with this chance, in any order.
fn some_of(rng: &mut Rng, labels: &[char], chance: f32) -> Vec<Axis> {
    let mut some: Vec<Axis> =
        labels.iter().filter(|_| rng.f32() < chance).map(|&label| Axis::Label(label)).collect();
    rng.shuffle(&mut some);
    some
}

// Other letters: the order of the letters is that of an implicit output.
fn rename(rng: &mut Rng, text: &mut Text) {
    let mut letters: Vec<char> = match rng.u32(..10) {
        0..6 => ('a'..='z').collect(),
        6..9 => ('a'..='z').chain('A'..='Z').collect(),
        _ => ('a'..='f').chain('A'..='F').chain('α'..='ρ').chain(['é', 'ж', '字']).collect(),
    };
    rng.shuffle(&mut letters);
    let mut known = labels(&text.terms);
    known.extend(labels(text.output.as_slice()));
    known.sort_unstable();
    known.dedup();
    let new = |label: char| {
        let position = known.iter().position(|&other| other == label).expect("it is known");
        letters[position]
    };
    for axis in text.terms.iter_mut().chain(&mut text.output).flatten() {
        match axis {
            Axis::Label(label) => *label = new(*label),
            Axis::Ellipsis => {}
            Axis::Sum(sum) => sum.iter_mut().for_each(|(_, label)| *label = new(*label)),
        }
    }
}
