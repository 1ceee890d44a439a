//! Writes programs of random calls, compiles and runs them.
//!
//! ```text
//! cargo run -p einsum-calls -- --seed 7 --calls 4000
//! cargo run -p einsum-calls -- --seed 7 --calls 4000 --only 1234:5
//! cargo run -p einsum-calls -- --seed 8 --kernels avx2,portable --numpy --python venv/bin/python
//! ```

use einsum_calls::{emit, generate};
use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, exit},
};

const HELP: &str = "\
Random calls of ndeinsum's macros: compiled, run on random arrays, and held to an oracle.

    --seed N           the calls, and the arrays [0]
    --calls N          how many calls [400]
    --draws N          on how many arrays each [12]
    --only CALL[:DRAW] this one alone, on all its arrays or on one set of them
    --unchecked        without checks of overflow and debug assertions: kernels for sums of signed integers, and wrapping
    --kernels A,B      run again with each of these instruction sets (EINSUM_KERNEL)
    --numpy            also compare with NumPy, where it has such calls
    --python FILE      the Python that has NumPy [the variable PYTHON, or else python3]
    --list             print the calls, as in tests/calls.in
    --out DIR          where the programs are written and built [target/calls]
";

/// Calls in a file: more take the compiler much memory, fewer are linked too often.
const CALLS_IN_A_FILE: usize = 400;

struct Arguments {
    seed: u64,
    calls: usize,
    draws: usize,
    only: Option<String>,
    is_unchecked: bool,
    kernels: Vec<String>,
    python: Option<PathBuf>,
    out: PathBuf,
}

fn main() {
    let done = arguments().and_then(|arguments| run(&arguments));
    match done {
        Ok(true) => {}
        Ok(false) => exit(1),
        Err(error) => {
            eprintln!("{error}");
            exit(2);
        }
    }
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    use lexopt::prelude::*;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the crate is in a workspace")?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let mut arguments = Arguments {
        seed: 0,
        calls: CALLS_IN_A_FILE,
        draws: 12,
        only: None,
        is_unchecked: false,
        kernels: Vec::new(),
        python: None,
        out: target.join("calls"),
    };
    let mut python = env::var_os("PYTHON").map_or("python3".into(), PathBuf::from);
    let (mut has_numpy, mut is_list) = (false, false);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seed") => arguments.seed = parser.value()?.parse()?,
            Long("calls") => arguments.calls = parser.value()?.parse()?,
            Long("draws") => arguments.draws = parser.value()?.parse()?,
            Long("only") => arguments.only = Some(parser.value()?.string()?),
            Long("unchecked") => arguments.is_unchecked = true,
            Long("kernels") => {
                arguments.kernels = parser.value()?.string()?.split(',').map(str::to_owned).collect();
            }
            Long("numpy") => has_numpy = true,
            Long("python") => python = parser.value()?.into(),
            Long("out") => arguments.out = parser.value()?.into(),
            Long("list") => is_list = true,
            Long("help") => {
                print!("{HELP}");
                exit(0);
            }
            _ => return Err(format!("{}\n\n{HELP}", argument.unexpected()).into()),
        }
    }
    if is_list {
        print!("{}", emit::module(&generate::calls(arguments.seed, arguments.calls)));
        exit(0);
    }
    arguments.python = has_numpy.then_some(python);
    Ok(arguments)
}

// Whether no call has failed.
fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let programs = write(arguments)?;
    let profile = if arguments.is_unchecked { "unchecked" } else { "dev" };
    let mut build = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    build.current_dir(&arguments.out).args([
        "build",
        "--quiet",
        "--bins",
        "--profile",
        profile,
        "--target-dir",
        "target",
    ]);
    if !build.status()?.success() {
        return Err("the calls do not compile".into());
    }
    let folder =
        arguments.out.join("target").join(if arguments.is_unchecked { "unchecked" } else { "debug" });
    let mut is_right = true;
    for program in programs {
        for kernel in [""].into_iter().chain(arguments.kernels.iter().map(String::as_str)) {
            let mut command = Command::new(folder.join(&program));
            command.env("EINSUM_KERNEL", kernel);
            command.args(["--seed", &arguments.seed.to_string(), "--draws", &arguments.draws.to_string()]);
            if let Some(only) = &arguments.only {
                command.args(["--only", only]);
            }
            let dump = arguments.out.join("runs.json");
            if arguments.python.is_some() {
                command.arg("--dump").arg(&dump);
            }
            if !kernel.is_empty() {
                println!("with EINSUM_KERNEL={kernel}:");
            }
            is_right &= command.status()?.success();
            if let Some(python) = &arguments.python {
                let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("with_numpy.py");
                is_right &= Command::new(python).arg(script).arg(&dump).status()?.success();
            }
        }
    }
    Ok(is_right)
}

// Writes a package with a program for each few hundred calls, and gives the names of the programs.
fn write(arguments: &Arguments) -> Result<Vec<String>, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the crate is in a workspace")?;
    let sources = arguments.out.join("src/bin");
    if sources.exists() {
        fs::remove_dir_all(&sources)?;
    }
    fs::create_dir_all(&sources)?;
    let manifest = MANIFEST.replace("ROOT", &root.to_string_lossy().replace('\\', "/"));
    fs::write(arguments.out.join("Cargo.toml"), manifest)?;
    fs::copy(root.join("Cargo.lock"), arguments.out.join("Cargo.lock"))?;
    let mut calls = generate::calls(arguments.seed, arguments.calls);
    if let Some(only) = &arguments.only {
        let number: usize = only.split(':').next().unwrap_or(only).parse()?;
        calls.retain(|call| call.number == number);
    }
    let mut names = Vec::new();
    for (n, calls) in calls.chunks(CALLS_IN_A_FILE).enumerate() {
        let name = format!("calls{n}");
        let text =
            format!("{HEAD}{}\nfn main() {{\n    einsum_calls::main(&[CALLS]);\n}}\n", emit::module(calls));
        fs::write(sources.join(format!("{name}.rs")), text)?;
        names.push(name);
    }
    Ok(names)
}

const HEAD: &str = "\
#![allow(unused_imports, mixed_script_confusables, confusable_idents)]
use einsum_calls::{Case, Complex, Fraction, Function, Io, Kind, Matrix, MaxPlus, Outcome, failed};
use ndarray::{Array, ArrayView, ArrayViewMut, Ix0, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn};
use ndeinsum::{einsum, einsum_view, einsum_vjp, try_einsum};

";

// The calls themselves are compiled as fast as can be; what they call is optimised, with all checks.
const MANIFEST: &str = r#"[package]
name = "generated-calls"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
ndeinsum = { path = "ROOT" }
einsum-calls = { path = "ROOT/einsum-calls" }
ndarray = "0.17"

[workspace]

[profile.dev]
debug = false
incremental = false

[profile.dev.package."*"]
opt-level = 2

# It takes longer to compile than to run.
[profile.dev.package.einsum-calls]
opt-level = 1

[profile.dev.build-override]
opt-level = 2

[profile.unchecked]
inherits = "dev"
debug-assertions = false
overflow-checks = false
"#;
