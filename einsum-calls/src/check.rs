//! Runs a call on arrays that are drawn for it, and holds what it gives to the oracle.

use crate::{
    case::{Case, Io, Listed, Outcome, dispatch},
    element::{Element, Rounding, Values},
    expected::Numbers,
    generate::Kind,
    layout::{Buffer, Layout},
    shapes::{self, Shapes},
};
use fastrand::Rng;
use ndarray::ArrayViewD;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{
    fmt::Write as _,
    fs::File,
    io::Write as _,
    ops::AddAssign,
    panic::{self, AssertUnwindSafe, catch_unwind},
    process::exit,
    sync::{LazyLock, Mutex, PoisonError},
};

/// How a list of calls is checked.
#[derive(Debug)]
pub struct Options {
    /// Where the shapes, layouts and values come from.
    pub seed: u64,
    /// How many arrays each call is checked on.
    pub draws: usize,
    /// The call, and perhaps the draw, to which all is restricted.
    pub only: Option<(usize, Option<usize>)>,
    /// Where runs that NumPy can repeat are written.
    pub dump: Option<File>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// Calls with results that were compared.
    runs: usize,
    /// Calls with shapes that do not fit, which were refused.
    refused: usize,
    /// Runs with so many positions that several threads may have worked.
    large: usize,
    /// Runs that were written for NumPy.
    dumped: usize,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Count) {
        self.runs += other.runs;
        self.refused += other.refused;
        self.large += other.large;
        self.dumped += other.dumped;
    }
}

/// The program of generated calls: `[--seed N] [--draws N] [--only CALL[:DRAW]] [--dump FILE]`.
pub fn main(parts: &[&[Case]]) {
    let mut options = Options { seed: 0, draws: 12, only: None, dump: None };
    let read = |options: &mut Options| -> Result<(), lexopt::Error> {
        use lexopt::prelude::*;
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("seed") => options.seed = arguments.value()?.parse()?,
                Long("draws") => options.draws = arguments.value()?.parse()?,
                Long("only") => {
                    let only = arguments.value()?.string()?;
                    let (call, draw) = only.split_once(':').map_or((&only[..], None), |(a, b)| (a, Some(b)));
                    let number = |text: &str| text.parse().map_err(|_| format!("`{text}` is no number"));
                    options.only = Some((number(call)?, draw.map(number).transpose()?));
                }
                Long("dump") => {
                    let file = File::create(arguments.value()?).map_err(|error| error.to_string())?;
                    options.dump = Some(file);
                }
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(())
    };
    if let Err(error) = read(&mut options) {
        eprintln!("{error}");
        exit(2);
    }
    let cases = parts.iter().flat_map(|part| part.iter());
    match check(cases, &mut options) {
        Ok(done) => println!("{done}"),
        Err(failures) => {
            println!("{failures}");
            exit(1);
        }
    }
}

/// Checks calls, and says how much was done.
///
/// # Errors
/// A paragraph for each failure.
pub fn check<'c>(cases: impl IntoIterator<Item = &'c Case>, options: &mut Options) -> Result<String, String> {
    panic::set_hook(Box::new(|panic| {
        *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string();
    }));
    let (mut count, mut failures, mut calls, mut failed) = (Count::default(), String::new(), 0, 0);
    for case in cases {
        if options.only.is_some_and(|(call, _)| call != case.number) {
            continue;
        }
        calls += 1;
        let checked = AssertUnwindSafe(|| dispatch!(case.function, call => check_case(case, call, options)));
        let result = catch_unwind(checked).unwrap_or_else(|_| {
            Err(format!(
                "call {} {}: the check itself panics: {}\n\n",
                case.number,
                case.source,
                last_panic()
            ))
        });
        match result {
            Ok(done) => count += done,
            Err(failure) => {
                failed += 1;
                failures += &failure;
            }
        }
    }
    drop(panic::take_hook());
    let Count { runs, refused, large, dumped } = count;
    let done = format!(
        "{calls} calls, {runs} runs compared, {large} of them large, {refused} refused as they should be, {dumped} for NumPy"
    );
    if failed == 0 { Ok(done) } else { Err(format!("{failures}{failed} calls failed; {done}")) }
}

static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

fn last_panic() -> String {
    LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Pools of one thread, of two, and of more than there are cores, perhaps.
static POOLS: LazyLock<[ThreadPool; 3]> = LazyLock::new(|| {
    [1, 2, 8]
        .map(|threads| ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started"))
});

// One function for all types of elements.
fn install(pool: &ThreadPool, call: &mut (dyn FnMut() + Send)) {
    pool.install(call);
}

/// From so many positions on several threads may work.
const LARGE: f64 = 400_000.0;

type Call<T> = fn(&mut Io<'_, T>) -> Outcome;

fn check_case<T: Element>(case: &Case, call: Call<T>, options: &mut Options) -> Result<Count, String> {
    let mut count = Count::default();
    for draw in 0..options.draws {
        if options.only.is_some_and(|(_, only)| only.is_some_and(|only| only != draw)) {
            continue;
        }
        let mixed = (options.seed << 32) ^ ((case.number as u64) << 12) ^ draw as u64;
        let mut rng = Rng::with_seed(mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let Some(shapes) = (0..20).find_map(|_| {
            // Of one operand there can be much: the walk is short, and copies are made in other ways where they are large.
            let more = if case.ranks.len() == 1 && rng.f32() < 0.1 { 3_000_000.0 } else { 0.0 };
            let most = positions(&mut rng).max(more) * T::SHARE;
            shapes::draw(&mut rng, case, most.max(8.0))
        }) else {
            continue;
        };
        let Some(run) = Run::<T>::new(&mut rng, case, &shapes) else { continue };
        // A view that writes has no operand but its place.
        let outcome = match rng.f32() < 0.06 && case.kind != Kind::ViewMut {
            true => match shapes::spoilt(&mut rng, &shapes) {
                Some(spoilt) => run.refuses(&mut rng, call, spoilt).map(|()| count.refused += 1),
                None => Ok(()),
            },
            false => run.check(&mut rng, call).map(|results| {
                count.runs += 1;
                count.large += usize::from(shapes.size() >= LARGE);
                if let Some(file) = &mut options.dump
                    && let Some(line) = run.dump(draw, &results)
                {
                    writeln!(file, "{line}").expect("the file can be written");
                    count.dumped += 1;
                }
            }),
        };
        outcome.map_err(|why| {
            format!("seed {} call {} draw {draw}: {}\n{why}\n\n", options.seed, case.number, run.describe())
        })?;
    }
    Ok(count)
}

// How many positions the index space has: mostly few, now and then so many that every kernel has enough.
fn positions(rng: &mut Rng) -> f64 {
    match rng.u32(..200) {
        0..70 => 64.0,
        70..130 => 1024.0,
        130..174 => 16_000.0,
        174..191 => 150_000.0,
        191..198 => 700_000.0,
        _ => 3_500_000.0,
    }
}

/// A call with its arrays.
struct Run<'c, T> {
    case: &'c Case,
    shapes: &'c Shapes,
    operands: Vec<Buffer<T>>,
    /// What is assigned to.
    output: Option<Buffer<T>>,
    cotangent: Option<Buffer<T>>,
    scale: T,
    values: Values,
    memory_limit: usize,
}

impl<'c, T: Element> Run<'c, T> {
    fn new(rng: &mut Rng, case: &'c Case, shapes: &'c Shapes) -> Option<Run<'c, T>> {
        let mut layouts = rng.fork();
        let is_vjp = case.kind == Kind::Vjp;
        let factors = case.ranks.len() + usize::from(case.is_scaled) + usize::from(is_vjp);
        let values = values::<T>(rng, case, shapes.terms(is_vjp), factors);
        let buffer = |rng: &mut Rng, layout: Layout, reads: usize| -> Option<Buffer<T>> {
            if !layout.is_affordable() {
                return None;
            }
            let mut buffer = Buffer::new(layout, || T::random(rng, values));
            if values == Values::Zeros {
                set_some_to_one(rng, &mut buffer, factors, reads);
            }
            Some(buffer)
        };
        let operands: Option<Vec<Buffer<T>>> = shapes
            .operands
            .iter()
            .enumerate()
            .map(|(n, shape)| buffer(rng, Layout::of_operand(&mut layouts, shape), shapes.overlap(n)))
            .collect();
        let cotangent = match is_vjp {
            true => Some(buffer(rng, Layout::of_operand(&mut layouts, &shapes.output), 1)?),
            false => None,
        };
        let output = match case.kind {
            Kind::Set | Kind::Add | Kind::Subtract => Some(&shapes.output),
            Kind::ViewMut => Some(&shapes.operands[0]),
            _ => None,
        };
        let output = match output.map(|shape| Layout::of_output(&mut layouts, shape)) {
            Some(layout) if !layout.is_affordable() => return None,
            layout => layout.map(|layout| Buffer::new(layout, || before(rng, case.kind, values))),
        };
        let scale = if values == Values::Zeros { T::integer(1) } else { T::random(rng, values) };
        let memory_limit = [0, 10, 1000, usize::MAX][rng.usize(..4)];
        Some(Run { case, shapes, operands: operands?, output, cotangent, scale, values, memory_limit })
    }

    fn describe(&self) -> String {
        let mut text = format!("{} of {}, {:?}", self.case.source, std::any::type_name::<T>(), self.values);
        let mut line = |name: &str, buffer: &Buffer<T>| {
            write!(text, "\n  {name}: {}", buffer.layout.describe()).expect("a string grows");
        };
        self.operands.iter().for_each(|operand| line("operand", operand));
        self.output.iter().for_each(|output| line("place", output));
        self.cotangent.iter().for_each(|cotangent| line("cotangent", cotangent));
        if !self.case.given.is_empty() {
            write!(text, "\n  {:?} = {:?}", self.case.given, self.shapes.given).expect("a string grows");
        }
        text
    }

    // The results, if they agree with the oracle, on different numbers of threads.
    fn check(&self, rng: &mut Rng, call: Call<T>) -> Result<Vec<Listed<T>>, String> {
        let is_large = self.shapes.size() >= LARGE;
        let pools = if is_large { &POOLS[..] } else { &POOLS[rng.usize(..3)..][..1] };
        let mut first: Option<Vec<Listed<T>>> = None;
        for pool in pools {
            let threads = pool.current_num_threads();
            let operands: Vec<ArrayViewD<'_, T>> = self.operands.iter().map(Buffer::view).collect();
            let mut done = None;
            install(pool, &mut || done = Some(self.call(call, &operands)));
            let (outcome, results) = done.expect("the pool runs it")?;
            outcome.map_err(|why| format!("refused with {threads} threads: {why}"))?;
            match &first {
                None => {
                    self.agrees(&results).map_err(|why| format!("with {threads} threads: {why}"))?;
                    first = Some(results);
                }
                Some(first) => {
                    let pairs =
                        first.iter().zip(&results).flat_map(|(a, b)| a.elements.iter().zip(&b.elements));
                    let differ = pairs.filter(|(one, other)| !one.is_same(other)).count();
                    if differ > 0 {
                        return Err(format!("{differ} elements differ between 1 and {threads} threads"));
                    }
                }
            }
        }
        Ok(first.expect("there is a pool"))
    }

    // One call: what it said, and its results; among these is what is assigned to, whose surroundings must be untouched.
    fn call(
        &self,
        call: Call<T>,
        operands: &[ArrayViewD<'_, T>],
    ) -> Result<(Outcome, Vec<Listed<T>>), String> {
        let mut output = self.output.clone();
        let mut io = Io {
            operands,
            output: output.as_mut().map(Buffer::view_mut),
            scale: self.scale.clone(),
            cotangent: self.cotangent.as_ref().map(Buffer::view),
            extents: &self.shapes.given,
            memory_limit: self.memory_limit,
            results: Vec::new(),
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| call(&mut io)));
        let outcome = outcome.unwrap_or_else(|_| Err(format!("panic: {}", last_panic())));
        let mut results = std::mem::take(&mut io.results);
        drop(io);
        if let Some(output) = output {
            let mut rest = output.elements.clone();
            for place in output.layout.places() {
                rest[place] = T::poison();
            }
            if rest.iter().any(|element| !element.is_same(&T::poison())) {
                return Err("something was written beside the output".into());
            }
            let shape = output.layout.shape().to_vec();
            results.push(Listed { shape, elements: output.list(), is_standard: true });
        }
        Ok((outcome, results))
    }

    // Shapes that do not fit must be refused, with the place as it was.
    fn refuses(&self, rng: &mut Rng, call: Call<T>, spoilt: Vec<Vec<usize>>) -> Result<(), String> {
        let mut operand = |shape: &Vec<usize>| Buffer::new(Layout::of_operand(rng, shape), || T::integer(1));
        let operands: Vec<Buffer<T>> = spoilt.iter().map(&mut operand).collect();
        let operands: Vec<ArrayViewD<'_, T>> = operands.iter().map(Buffer::view).collect();
        let (outcome, results) = self.call(call, &operands)?;
        let Err(message) = outcome else { return Err(format!("not refused with shapes {spoilt:?}")) };
        if !message.contains("einsum") || !message.contains("extent") {
            return Err(format!("shapes {spoilt:?} give an unexpected message: {message}"));
        }
        let Some(before) = &self.output else { return Ok(()) };
        let before = before.list();
        let is_same = results[0].elements.iter().zip(&before).all(|(one, other)| one.is_same(other));
        if is_same {
            Ok(())
        } else {
            Err(format!("refused with shapes {spoilt:?}, but the place has changed"))
        }
    }

    fn agrees(&self, results: &[Listed<T>]) -> Result<(), String> {
        let expected = self.numbers().results(self.case, self.shapes)?;
        let names = crate::wanted(self.case.wrt, self.case.is_scaled, self.operands.len());
        if results.len() != expected.len() {
            return Err(format!("{} results in place of {}", results.len(), expected.len()));
        }
        let is_rounded = self.values == Values::Any && matches!(T::ROUNDING, Rounding::Float(_));
        let roundings = is_rounded.then_some((self.operands.len() + 3) as f64);
        for (n, (result, expected)) in results.iter().zip(&expected).enumerate() {
            let what = match self.case.kind {
                Kind::Vjp => names[n]
                    .map_or("gradient of the scale: ".into(), |n| format!("gradient of operand {n}: ")),
                _ => String::new(),
            };
            if result.shape != expected.shape {
                return Err(format!("{what}shape {:?} in place of {:?}", result.shape, expected.shape));
            }
            if !result.is_standard {
                return Err(format!("{what}a fresh result is not in standard layout"));
            }
            let pairs = result.elements.iter().zip(&expected.elements).enumerate();
            let mut wrong = pairs.filter(|(_, (one, other))| !one.agrees(other, roundings));
            if let Some((place, (found, expected))) = wrong.next() {
                let (count, len) = (1 + wrong.count(), result.elements.len());
                return Err(format!(
                    "{what}{count} of {len} elements are wrong; number {place} is {found:?}, not {expected:?}"
                ));
            }
        }
        Ok(())
    }

    // The numbers of the arrays for the oracle.
    fn numbers(&self) -> Numbers<T::Exact> {
        fn both<T: Element>(elements: &[T]) -> [Vec<T::Exact>; 2] {
            let plain = elements.iter().map(T::exact).collect();
            [plain, elements.iter().map(|element| element.conjugate().exact()).collect()]
        }
        let list = |buffer: &Option<Buffer<T>>| buffer.as_ref().map_or(Vec::new(), Buffer::list);
        let mut operands = [Vec::new(), Vec::new()];
        for (operand, &is_conjugated) in self.operands.iter().zip(self.case.conjugated) {
            let [one, other] = both(&operand.list());
            let [plain, conjugate] = if is_conjugated { [other, one] } else { [one, other] };
            operands[0].push(plain);
            operands[1].push(conjugate);
        }
        Numbers {
            operands,
            scale: [self.scale.exact(), self.scale.conjugate().exact()],
            cotangent: both(&list(&self.cotangent)),
            before: list(&self.output).iter().map(T::exact).collect(),
            one: T::integer(1).exact(),
        }
    }

    // The run as a line of JSON, if NumPy can repeat it.
    fn dump(&self, draw: usize, results: &[Listed<T>]) -> Option<String> {
        let Case { text, kind, .. } = *self.case;
        let is_einsum = matches!(kind, Kind::Value | Kind::Set | Kind::Add | Kind::Subtract);
        // NumPy has no sums, no other letters, and does not sum over an ellipsis.
        let has_sums = text.contains('(') || !text.is_ascii();
        let sums_rest = text
            .split_once("->")
            .is_some_and(|(terms, output)| terms.contains("...") && !output.contains("..."));
        if !is_einsum || has_sums || sums_rest || self.shapes.size() > 20_000.0 {
            return None;
        }
        let list = |shape: &[usize], elements: &[T]| {
            let elements: Vec<String> = elements.iter().map(T::json).collect();
            format!("{{\"shape\": {shape:?}, \"elements\": [{}]}}", elements.join(", "))
        };
        let buffer = |buffer: &Buffer<T>| list(buffer.layout.shape(), &buffer.list());
        let operands: Vec<String> = self.operands.iter().map(buffer).collect();
        let before = match (&self.output, kind) {
            (Some(output), Kind::Add | Kind::Subtract) => buffer(output),
            _ => "null".into(),
        };
        let roundings = self.values == Values::Any && matches!(T::ROUNDING, Rounding::Float(_));
        Some(format!(
            "{{\"call\": {}, \"draw\": {draw}, \"text\": {text:?}, \"type\": {:?}, \"kind\": \"{kind:?}\", \"conjugated\": {:?}, \
             \"operands\": [{}], \"scale\": {}, \"before\": {before}, \"result\": {}, \"rounded\": {roundings}}}",
            self.case.number,
            T::NUMPY?,
            self.case.conjugated,
            operands.join(", "),
            if self.case.is_scaled { self.scale.json() } else { "null".into() },
            list(&results[0].shape, &results[0].elements),
        ))
    }
}

// Values with which sums of so many terms, each the product of so many factors, are elements.
fn values<T: Element>(rng: &mut Rng, case: &Case, terms: f64, factors: usize) -> Values {
    if T::MOST == 0 || case.kind == Kind::View {
        return Values::Any;
    }
    let wraps = T::ROUNDING == Rounding::Wraps && !cfg!(debug_assertions);
    let is_any_possible = wraps || T::ROUNDING != Rounding::Wraps;
    let most = (T::MOST as f64 / 2.0 / terms.max(1.0)).powf(1.0 / factors as f64).min(9.0);
    match most >= 1.0 {
        _ if is_any_possible && rng.f32() < 0.4 => Values::Any,
        true => Values::Small(most as u32),
        false if is_any_possible => Values::Any,
        false => Values::Zeros,
    }
}

// What stands in the place of an assignment.
fn before<T: Element>(rng: &mut Rng, kind: Kind, values: Values) -> T {
    match kind {
        Kind::Set => T::poison(),
        // What is subtracted from unsigned integers must be there.
        Kind::Subtract if !T::IS_SIGNED && values != Values::Any => T::integer(T::MOST / 2 + rng.u64(..5)),
        _ => T::random(rng, if values == Values::Zeros { Values::Small(9) } else { values }),
    }
}

// Sets so many elements to one that the product of the operands' sums is an element, each of theirs being read so often.
fn set_some_to_one<T: Element>(rng: &mut Rng, buffer: &mut Buffer<T>, factors: usize, reads: usize) {
    let most = (T::MOST as f64 / 2.0).powf(1.0 / factors as f64) as usize / reads;
    let places = buffer.layout.places();
    if places.is_empty() {
        return;
    }
    for _ in 0..most {
        let place = places[rng.usize(..places.len())];
        buffer.elements[place] = T::integer(1);
        if buffer.view().iter().filter(|element| !element.is_zero()).count() > most {
            buffer.elements[place] = T::zero();
            return;
        }
    }
}
