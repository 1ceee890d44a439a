//! `bench-server [THREADS]`: does what the lines of its standard input say, one line of JSON back for each.
//!
//! | line | answer |
//! |---|---|
//! | `list`, `sweep` | the workloads |
//! | `check WORKLOAD SYSTEM FILE` | writes the elements of the result to `FILE`; the time of that call |
//! | `time WORKLOAD SYSTEM SECONDS` | the median time of a call |
//! | `memory WORKLOAD SYSTEM` | the peak of a call's memory beyond its operands and result |
//! | `variants WORKLOAD` | the systems by name |
//! | `isa` | the instruction set of the limits, and of ndeinsum |
//! | `peak f32`, `peak f64` | GFLOP/s of fused multiply-adds |
//! | `read BYTES`, `copy BYTES` | GB/s in a buffer of this size |
//! | `rest` | drops the operands of the last workload |
//!
//! The operands of a workload, and the calls, live until a line names another one, so that many short slices of many
//! systems can be interleaved.

use ndeinsum_peers::allocation::{self, Counting};
use ndeinsum_peers::operands::Operands;
use ndeinsum_peers::run::Run;
use ndeinsum_peers::systems::{SYSTEMS, Supported, System, Visit, with_element};
use ndeinsum_peers::workload::Workload;
use ndeinsum_peers::{limits, table, timing};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, Write};
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let threads = std::env::args().nth(1).and_then(|threads| threads.parse().ok()).unwrap_or(1);
    let workloads: BTreeMap<String, Workload> = table::workloads()
        .into_iter()
        .chain(table::sweep())
        .map(|workload| (workload.name.clone(), workload))
        .collect();
    let mut requests = Requests::default();
    while let Some(request) = requests.next() {
        match request.workload().and_then(|name| workloads.get(name)) {
            Some(workload) => {
                requests.put_back(request);
                with_element(workload.dtype, Session { workload, threads, requests: &mut requests });
            }
            None => answer(&general(&request)),
        }
    }
}

/// The words of a line.
struct Request(Vec<String>);

impl Request {
    fn word(&self, position: usize) -> &str {
        self.0.get(position).map_or("", String::as_str)
    }

    fn number(&self, position: usize) -> f64 {
        self.word(position).parse().unwrap_or(0.0)
    }

    /// The workload that the line is about.
    fn workload(&self) -> Option<&str> {
        ["check", "time", "memory", "variants"].contains(&self.word(0)).then(|| self.word(1))
    }
}

#[derive(Default)]
struct Requests(VecDeque<Request>);

impl Requests {
    fn next(&mut self) -> Option<Request> {
        self.0.pop_front().or_else(|| {
            let line = std::io::stdin().lock().lines().next()?.ok()?;
            Some(Request(line.split_whitespace().map(str::to_owned).collect()))
        })
    }

    fn put_back(&mut self, request: Request) {
        self.0.push_front(request);
    }
}

fn answer(value: &Value) {
    println!("{value}");
    // If nobody listens any more, the next line will not come either.
    let _ = std::io::stdout().flush();
}

fn general(request: &Request) -> Value {
    let bytes = request.number(1) as usize;
    match request.word(0) {
        "list" => table::workloads().iter().map(Workload::to_json).collect(),
        "sweep" => table::sweep().iter().map(Workload::to_json).collect(),
        "isa" => json!({"name": limits::Isa::detect().name()}),
        "peak" => json!({"gflops": limits::fma_peak(request.word(1) == "f32")}),
        "read" => json!({"gbs": limits::read_bandwidth(bytes)}),
        "copy" => json!({"gbs": limits::copy_bandwidth(bytes)}),
        "rest" => json!({}),
        _ => json!({"error": format!("cannot {}", request.0.join(" "))}),
    }
}

/// All that is asked about one workload, until another one comes.
struct Session<'r> {
    workload: &'r Workload,
    threads: usize,
    requests: &'r mut Requests,
}

impl Visit for Session<'_> {
    fn visit<T: Supported>(self) {
        let Self { workload, threads, requests } = self;
        let operands = Operands::<T>::of(workload);
        let mut calls: BTreeMap<String, Result<Box<dyn Run + '_>, String>> = BTreeMap::new();
        while let Some(request) = requests.next() {
            if request.workload() != Some(workload.name.as_str()) {
                return requests.put_back(request);
            }
            if request.word(0) == "variants" {
                answer(&SYSTEMS.iter().map(|system| system.name()).collect());
                continue;
            }
            let name = request.word(2);
            let call = calls.entry(name.to_owned()).or_insert_with(|| match System::of_name(name) {
                Some(system) => T::prepare(system, workload, &operands, threads),
                None => Err("no such system".to_owned()),
            });
            answer(&match call {
                Ok(call) => measured(&request, call.as_mut(), workload),
                Err(reason) => json!({"error": reason}),
            });
        }
    }
}

fn measured(request: &Request, call: &mut dyn Run, workload: &Workload) -> Value {
    match request.word(0) {
        "check" => {
            let (time, bytes) = call.result();
            match std::fs::write(request.word(3), bytes) {
                Ok(()) => json!({"ns": time.as_nanos() as f64}),
                Err(error) => json!({"error": error.to_string()}),
            }
        }
        "memory" => {
            let peak = allocation::peak_of(|| call.repeat(1));
            let result = if workload.into { 0 } else { workload.output_bytes() };
            json!({"bytes": peak.saturating_sub(result)})
        }
        _ => {
            let timing = timing::repeated(call, Duration::from_secs_f64(request.number(3)));
            json!({"ns": timing.median, "calls": timing.calls})
        }
    }
}
