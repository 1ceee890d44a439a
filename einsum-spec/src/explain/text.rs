//! The reports as text: NumPy's lines, then the table, aligned for labels of any script.

use super::{ContractionReport, GradientReport, StepResult};
use crate::columns::width;
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

impl fmt::Display for ContractionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = [
            ("Complete contraction", self.subscripts.clone()),
            ("Contraction path", path(&self.path)),
            ("Naive scaling", self.naive_scaling.to_string()),
            ("Optimised scaling", self.scaling.to_string()),
            ("Naive FLOP count", real(self.naive_flop_count, 0)),
            ("Optimised FLOP count", count(self.flop_count)),
            ("Theoretical speed-up", real(self.speedup(), 3)),
            ("Largest intermediate", format!("{} elements", count(self.largest_intermediate))),
            ("Peak temporary memory", format!("{} bytes", count(self.peak_memory))),
        ];
        for (name, value) in lines {
            writeln!(f, "{name:>21}:  {value}")?;
        }
        let rows = self.steps.iter().enumerate().map(|(n, step)| {
            [
                (n + 1).to_string(),
                operands(&step.operands),
                step.subscripts.clone(),
                step.kernel.to_string(),
                count(step.flop_count),
                count(step.bytes),
                step.remaining.clone(),
            ]
        });
        Table::new("remaining", rows).fmt(f)
    }
}

impl fmt::Display for GradientReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gradients = self.gradients().iter().map(|(of, subscripts)| {
            let name = match of {
                StepResult::OfOperand(position) => format!("Gradient of operand {position}"),
                _ => String::from("Gradient of the scale"),
            };
            (name, subscripts.clone())
        });
        let counts = [
            ("Forward FLOP count", count(self.forward().flop_count)),
            ("Backward FLOP count", count(self.flop_count())),
            ("Backward by forward", real(self.ratio(), 3)),
            ("Largest intermediate", format!("{} elements", count(self.largest_intermediate()))),
            ("Peak temporary memory", format!("{} bytes", count(self.peak_memory()))),
        ];
        let contraction = (String::from("Complete contraction"), self.forward().subscripts.clone());
        let counts = counts.map(|(name, value)| (name.to_string(), value));
        for (name, value) in [contraction].into_iter().chain(gradients).chain(counts) {
            writeln!(f, "{name:>21}:  {value}")?;
        }
        let rows = self.steps().iter().enumerate().map(|(n, step)| {
            [
                (n + 1).to_string(),
                operands(&step.operands),
                step.subscripts.clone(),
                step.kernel.to_string(),
                count(step.flop_count),
                count(step.bytes),
                step.result_name(n),
            ]
        });
        Table::new("result", rows).fmt(f)
    }
}

fn operands(operands: &[impl ToString]) -> String {
    operands.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

// As the option `path` reads it.
fn path(steps: &[Vec<usize>]) -> String {
    let step = |positions: &Vec<usize>| {
        let positions: Vec<String> = positions.iter().map(ToString::to_string).collect();
        format!("({})", positions.join(", "))
    };
    format!("[{}]", steps.iter().map(step).collect::<Vec<_>>().join(", "))
}

const COLUMNS: usize = 7;

/// The columns that hold numbers, which end under each other.
const NUMBERS: [bool; COLUMNS] = [true, false, false, false, true, true, false];

struct Table {
    rows: Vec<[String; COLUMNS]>,
}

impl Table {
    // `last` is the head of the last column.
    fn new(last: &str, steps: impl Iterator<Item = [String; COLUMNS]>) -> Table {
        let head = ["step", "operands", "subscripts", "kernel", "FLOPs", "bytes", last].map(String::from);
        let rows = [head].into_iter().chain(steps);
        Table { rows: rows.map(|row| row.map(shortened)).collect() }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = |column: usize| self.rows.iter().map(|row| width(&row[column])).max().unwrap_or(0);
        let widths: [usize; COLUMNS] = core::array::from_fn(widest);
        let rule = "-".repeat(widths.iter().sum::<usize>() + 2 * (COLUMNS - 1));
        write!(f, "{rule}")?;
        for (n, row) in self.rows.iter().enumerate() {
            f.write_str("\n")?;
            for (column, cell) in row.iter().enumerate() {
                let gap = if column == 0 { "" } else { "  " };
                let padding = " ".repeat(widths[column] - width(cell));
                match (NUMBERS[column], column + 1 == COLUMNS) {
                    (true, _) => write!(f, "{gap}{padding}{cell}")?,
                    (false, true) => write!(f, "{gap}{cell}")?,
                    (false, false) => write!(f, "{gap}{cell}{padding}")?,
                }
            }
            if n == 0 {
                write!(f, "\n{rule}")?;
            }
        }
        Ok(())
    }
}

/// A number as people read it: exact below a million, else as NumPy prints it, `1.800e+06`.
pub fn count(number: u128) -> String {
    if number < 1_000_000 { number.to_string() } else { scientific(number as f64) }
}

/// The same with some decimals where they can be told.
pub fn real(number: f64, decimals: usize) -> String {
    if number < 1e6 { format!("{number:.decimals$}") } else { scientific(number) }
}

// Rust writes `1.8e6`.
fn scientific(number: f64) -> String {
    let text = format!("{number:.3e}");
    match text.split_once('e') {
        Some((digits, exponent)) => format!("{digits}e+{exponent:0>2}"),
        None => text,
    }
}

/// A text without its middle if it is too long for a table.
fn shortened(text: String) -> String {
    const MOST: usize = 48;
    let length = text.chars().count();
    if length <= MOST {
        return text;
    }
    let (front, back) = (text.chars().take(MOST / 2), text.chars().skip(length - MOST / 2));
    front.chain(['…']).chain(back).collect()
}
