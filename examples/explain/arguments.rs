//! The command line: what is asked for, or every mistake in it.

use einsum_spec::{
    check, parse,
    path::{Options, Strategy},
    spec::Spec,
};
use lexopt::prelude::*;
use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
Prints in which steps einsum! contracts operands of these shapes, and what it costs; nothing is computed.

usage: explain SUBSCRIPTS SHAPE... [OPTIONS]
  SUBSCRIPTS        as in einsum!, \"ij,jk,kl->il\"
  SHAPE             one for each operand: 10x200 (or 10×200); - is that of a scalar
  --svg FILE        draws the tensor network and the steps
  --path WAY        optimal, greedy or left to right (left); by default the best that can be found in time
  --memory-limit N  the most elements that an intermediate may have
  --help            this text

example: explain \"ij,jk,kl->il\" 10x200 200x10 10x30 --svg chain.svg";

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// The text.
    pub(crate) subscripts: String,
    /// Its meaning.
    pub(crate) spec: Spec,
    /// One per term.
    pub(crate) shapes: Vec<Vec<usize>>,
    /// How to look for a path.
    pub(crate) options: Options,
    /// Where to put the drawing.
    pub(crate) svg: Option<PathBuf>,
}

impl Arguments {
    /// What a command line, without the name of the program, asks for; nothing if it asks for help.
    ///
    /// # Errors
    /// A message for each mistake.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Option<Arguments>, Vec<String>> {
        let mut mistakes = Vec::new();
        let mut asked = Asked::default();
        let mut parser = lexopt::Parser::from_args(words);
        loop {
            // The text `->i` is no option.
            if let Some(mut raw) = parser.try_raw_args()
                && let Some(text) = raw.peek().and_then(|word| word.to_str())
                && text.starts_with("->")
            {
                asked.values.push(text.to_owned());
                raw.next();
                continue;
            }
            let found = argument(&mut parser, &mut asked);
            match found {
                Ok(Found::Argument) => {}
                Ok(Found::Help) => return Ok(None),
                Ok(Found::End) => break,
                Err(error) => mistakes.push(error.to_string()),
            }
        }
        let Asked { values, options, svg } = asked;
        let Some((subscripts, shapes)) = values.split_first() else {
            mistakes.push("there are no subscripts and no shapes; --help tells what to write".into());
            return Err(mistakes);
        };
        let spec = meaning(subscripts, shapes.len(), &mut mistakes);
        let shapes = shapes.iter().enumerate().filter_map(|(n, text)| {
            shape(text)
                .map_err(|mistake| mistakes.push(format!("shape of operand {n}, `{text}`: {mistake}")))
                .ok()
        });
        let shapes = shapes.collect();
        match spec {
            Some(spec) if mistakes.is_empty() => {
                Ok(Some(Arguments { subscripts: subscripts.clone(), spec, shapes, options, svg }))
            }
            _ => Err(mistakes),
        }
    }
}

/// What was found so far.
#[derive(Default)]
struct Asked {
    values: Vec<String>,
    options: Options,
    svg: Option<PathBuf>,
}

fn argument(parser: &mut lexopt::Parser, asked: &mut Asked) -> Result<Found, lexopt::Error> {
    match parser.next()? {
        Some(Long("help") | Short('h')) => return Ok(Found::Help),
        Some(Long("svg")) => asked.svg = Some(parser.value()?.into()),
        Some(Long("path")) => asked.options.strategy = parser.value()?.parse_with(strategy)?,
        Some(Long("memory-limit")) => {
            asked.options.memory_limit = Some(parser.value()?.parse_with(number_of_elements)?);
        }
        Some(Value(value)) => asked.values.push(value.string()?),
        Some(other) => return Err(other.unexpected()),
        None => return Ok(Found::End),
    }
    Ok(Found::Argument)
}

enum Found {
    Argument,
    Help,
    End,
}

// What the text means for so many operands, or messages with its place marked: the compiler's.
fn meaning(text: &str, operands: usize, mistakes: &mut Vec<String>) -> Option<Spec> {
    let (subscripts, report) = parse::parse(text);
    match check::check(&subscripts, operands, report) {
        Ok(spec) => Some(spec),
        Err(report) => {
            mistakes.extend(report.into_diagnostics(text).iter().map(ToString::to_string));
            None
        }
    }
}

fn shape(text: &str) -> Result<Vec<usize>, String> {
    if text == "-" {
        return Ok(Vec::new());
    }
    text.split(['x', 'X', '×']).map(extent).collect()
}

fn extent(text: &str) -> Result<usize, String> {
    match text.trim() {
        "" => Err("an extent is missing; a shape is written 10x200, that of a scalar -".into()),
        digits if digits.chars().all(|c| c.is_ascii_digit()) => {
            digits.parse().map_err(|_| format!("{digits} is more than an array can have"))
        }
        other => Err(format!("`{other}` is no extent; a shape is written 10x200, that of a scalar -")),
    }
}

fn strategy(text: &str) -> Result<Strategy, String> {
    match text {
        "optimal" => Ok(Strategy::Optimal),
        "greedy" => Ok(Strategy::Greedy),
        "left" => Ok(Strategy::Left),
        _ => Err("--path is optimal, greedy or left".into()),
    }
}

fn number_of_elements(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "--memory-limit is a number of elements, such as 1000000".into())
}
