//! The command line.

use lexopt::prelude::*;
use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
Trains a small convolutional network on handwritten digits.

usage: digits [OPTIONS]
  --epochs N   how often to go through the training digits (8)
  --quick      one epoch over a few digits: seconds instead of a minute
  --seed N     another number, another network (1)
  --out DIR    where to put the pictures (target/digits)
  --data DIR   where the digits are (this project's examples/data)
  --help       this text";

pub(crate) struct Options {
    pub(crate) epochs: usize,
    pub(crate) quick: bool,
    pub(crate) seed: u64,
    pub(crate) out: PathBuf,
    pub(crate) data: PathBuf,
}

impl Options {
    /// What the command line asks for; nothing if it asks for help.
    pub(crate) fn parse() -> Result<Option<Self>, String> {
        Self::try_parse().map_err(|error| format!("{error}; --help lists the options"))
    }

    fn try_parse() -> Result<Option<Self>, lexopt::Error> {
        let mut epochs = None;
        let mut quick = false;
        let mut seed = 1;
        let mut out = PathBuf::from("target/digits");
        let mut data = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data"));
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("epochs") => epochs = Some(arguments.value()?.parse_with(at_least_one)?),
                Long("quick") => quick = true,
                Long("seed") => seed = arguments.value()?.parse()?,
                Long("out") => out = arguments.value()?.into(),
                Long("data") => data = arguments.value()?.into(),
                Long("help") | Short('h') => return Ok(None),
                _ => return Err(argument.unexpected()),
            }
        }
        let epochs = epochs.unwrap_or(if quick { 1 } else { 8 });
        Ok(Some(Options { epochs, quick, seed, out, data }))
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse::<u16>() {
        Ok(0) => Err("there must be at least one".into()),
        Ok(number) => Ok(number.into()),
        Err(error) => Err(error.to_string()),
    }
}
