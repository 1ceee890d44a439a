//! In which steps `einsum!` contracts operands of given shapes, and what it costs, as a table and as a drawing.
//!
//! ```text
//! cargo run --example explain -- "ij,jk,kl->il" 10x200 200x10 10x30 --svg chain.svg
//! ```
//!
//! It is `einsum_path!` for subscripts that are not known before the program runs.

pub(crate) mod arguments;
mod canvas;
mod graph;
mod layout;
mod network;
pub(crate) mod picture;
mod tree;

use arguments::{Arguments, USAGE};
use einsum_runtime::{
    explain::{self, ContractionReport},
    extents::{Call, Term},
};
use einsum_spec::{
    plan::Plan,
    spec::{self, Index, Spec},
};
use ndeinsum::EinsumError;
use std::{env, fs, process::ExitCode};

fn main() -> ExitCode {
    let words = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let arguments = match Arguments::parse(words) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(mistakes) => return fail(&mistakes),
    };
    let explanation = match explain(&arguments) {
        Ok(explanation) => explanation,
        Err(error) => return fail(&[error.to_string()]),
    };
    println!("{}", explanation.report);
    if let Some(file) = &arguments.svg {
        let picture = picture::draw(&explanation);
        if let Err(error) = fs::write(file, picture) {
            eprintln!("error: {} cannot be written: {error}", file.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn fail(mistakes: &[String]) -> ExitCode {
    for mistake in mistakes {
        eprintln!("error: {mistake}\n");
    }
    ExitCode::from(2)
}

/// A contraction of operands of known shapes.
pub(crate) struct Explanation {
    /// What it means.
    pub(crate) spec: Spec,
    /// One for each index.
    pub(crate) extents: Vec<u64>,
    /// What is done.
    pub(crate) plan: Plan,
    /// The same for people.
    pub(crate) report: ContractionReport,
}

/// What `einsum!` would do with elements of eight bytes.
pub(crate) fn explain(arguments: &Arguments) -> Result<Explanation, EinsumError> {
    let call = call(&arguments.subscripts, &arguments.spec);
    let shapes: Vec<&[usize]> = arguments.shapes.iter().map(Vec::as_slice).collect();
    let (spec, extents) = explain::network(&call, &shapes)?;
    let (path, plan) = explain::choose(&spec, &extents, &arguments.options, None);
    let report =
        ContractionReport::new(&arguments.subscripts, &spec, &extents, &path, &plan, size_of::<f64>());
    Ok(Explanation { spec, extents, plan, report })
}

// What the macro writes. It lives as long as the program, which soon ends.
fn call(subscripts: &str, spec: &Spec) -> Call {
    let is_label = |&id: &spec::IndexId| !spec.is_ellipsis(id);
    let labelled: Vec<_> = spec.ids().filter(is_label).collect();
    let numbers = |ids: &[spec::IndexId]| -> &'static [usize] {
        let number = |id| labelled.iter().position(|other| other == id);
        ids.iter().filter_map(number).collect::<Vec<_>>().leak()
    };
    let term = |term: &spec::Term| match term.iter().position(|&id| spec.is_ellipsis(id)) {
        Some(split) => Term::with_ellipsis(numbers(&term[..split]), numbers(&term[split..])),
        None => Term::new(numbers(term)),
    };
    let names = labelled.iter().filter_map(|&id| match spec.index(id) {
        Index::Label(label) => Some(label),
        Index::Ellipsis => None,
    });
    let operands: Vec<Term> = spec.operands.iter().map(term).collect();
    Call::new(
        subscripts.to_owned().leak(),
        names.collect::<Vec<_>>().leak(),
        operands.leak(),
        term(&spec.output),
    )
}
