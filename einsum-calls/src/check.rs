//! Runs a call on arrays that are drawn for it, and holds what it gives to the oracle.

use crate::{
    case::{Case, Io, Outcome, dispatch},
    element::{Element, Rounding, Values},
    generate::Kind,
    layout::{Buffer, Layout},
    oracle,
    shapes::{self, Shapes},
    walk,
};
use fastrand::Rng;
use ndarray::{ArrayD, ArrayViewD, Dimension};
use num_traits::Zero;
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
            Err(format!("call {} {}: the check itself panics: {}\n\n", case.number, case.source, last_panic()))
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
    [1, 2, 8].map(|threads| ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started"))
});

/// From so many positions on several threads may work.
const LARGE: f64 = 400_000.0;

/// Up to so many positions are walked by the oracle itself.
const OBVIOUS: f64 = 1500.0;

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
            let most = positions(&mut rng) * T::SHARE;
            shapes::draw(&mut rng, case, most.max(8.0))
        }) else {
            continue;
        };
        let Some(run) = Run::<T>::new(&mut rng, case, &shapes) else { continue };
        let outcome = match rng.f32() < 0.06 {
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
        let values = values::<T>(rng, case, if is_vjp { shapes.size() } else { shapes.terms() }, factors);
        let buffer = |rng: &mut Rng, layout: Layout| -> Option<Buffer<T>> {
            if !layout.is_affordable() {
                return None;
            }
            let mut buffer = Buffer::new(layout, || T::random(rng, values));
            if values == Values::Zeros {
                set_some_to_one(rng, &mut buffer, factors);
            }
            Some(buffer)
        };
        let operands: Option<Vec<Buffer<T>>> =
            shapes.operands.iter().map(|shape| buffer(rng, Layout::of_operand(&mut layouts, shape))).collect();
        let cotangent = match is_vjp {
            true => Some(buffer(rng, Layout::of_operand(&mut layouts, &shapes.output))?),
            false => None,
        };
        let output = match case.kind {
            Kind::Set | Kind::Add | Kind::Subtract => Some(&shapes.output),
            Kind::ViewMut => Some(&shapes.operands[0]),
            _ => None,
        };
        let output = output.map(|shape| {
            let layout = Layout::of_output(&mut layouts, shape);
            Buffer::new(layout, || before(rng, case.kind, values))
        });
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
    fn check(&self, rng: &mut Rng, call: Call<T>) -> Result<Vec<ArrayD<T>>, String> {
        let is_large = self.shapes.size() >= LARGE;
        let pools = if is_large { &POOLS[..] } else { &POOLS[rng.usize(..3)..][..1] };
        let mut first: Option<Vec<ArrayD<T>>> = None;
        for pool in pools {
            let threads = pool.current_num_threads();
            let operands: Vec<ArrayViewD<'_, T>> = self.operands.iter().map(Buffer::view).collect();
            let (outcome, results) = pool.install(|| self.call(call, &operands))?;
            outcome.map_err(|why| format!("refused with {threads} threads: {why}"))?;
            match &first {
                None => {
                    self.agrees(&results).map_err(|why| format!("with {threads} threads: {why}"))?;
                    first = Some(results);
                }
                Some(first) => {
                    let pairs = first.iter().zip(&results).flat_map(|(one, other)| one.iter().zip(other));
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
    fn call(&self, call: Call<T>, operands: &[ArrayViewD<'_, T>]) -> Result<(Outcome, Vec<ArrayD<T>>), String> {
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
            results.push(output.view().to_owned());
        }
        Ok((outcome, results))
    }

    // Shapes that do not fit must be refused, with the place as it was.
    fn refuses(&self, rng: &mut Rng, call: Call<T>, spoilt: Vec<Vec<usize>>) -> Result<(), String> {
        let mut operand = |shape: &Vec<usize>| {
            Buffer::new(Layout::of_operand(rng, shape), || T::integer(1))
        };
        let operands: Vec<Buffer<T>> = spoilt.iter().map(&mut operand).collect();
        let operands: Vec<ArrayViewD<'_, T>> = operands.iter().map(Buffer::view).collect();
        let (outcome, results) = self.call(call, &operands)?;
        let Err(message) = outcome else { return Err(format!("not refused with shapes {spoilt:?}")) };
        if !message.contains("einsum") || !message.contains("extent") {
            return Err(format!("shapes {spoilt:?} give an unexpected message: {message}"));
        }
        let Some(before) = &self.output else { return Ok(()) };
        let is_same = results.iter().flatten().zip(before.view()).all(|(one, other)| one.is_same(other));
        if is_same { Ok(()) } else { Err(format!("refused with shapes {spoilt:?}, but the place has changed")) }
    }

    fn agrees(&self, results: &[ArrayD<T>]) -> Result<(), String> {
        let expected = self.expected()?;
        let names = crate::wanted(self.case.wrt, self.case.is_scaled, self.operands.len());
        if results.len() != expected.len() {
            return Err(format!("{} results in place of {}", results.len(), expected.len()));
        }
        let is_rounded = self.values == Values::Any && matches!(T::ROUNDING, Rounding::Float(_));
        let roundings = is_rounded.then_some((self.operands.len() + 3) as f64);
        for (n, (result, expected)) in results.iter().zip(&expected).enumerate() {
            let what = match self.case.kind {
                Kind::Vjp => names[n].map_or("gradient of the scale: ".into(), |n| format!("gradient of operand {n}: ")),
                _ => String::new(),
            };
            if result.shape() != expected.shape() {
                return Err(format!("{what}shape {:?} in place of {:?}", result.shape(), expected.shape()));
            }
            if self.output.is_none() && !result.is_standard_layout() {
                return Err(format!("{what}a fresh result has strides {:?}", result.strides()));
            }
            let wrong = result.indexed_iter().zip(expected).filter(|((_, one), other)| !one.agrees(other, roundings));
            let wrong: Vec<_> = wrong.collect();
            if let Some(((place, found), expected)) = wrong.first() {
                let (count, len, place) = (wrong.len(), result.len(), place.slice());
                return Err(format!("{what}{count} of {len} elements are wrong: {found:?} at {place:?}, which is {expected:?}"));
            }
        }
        Ok(())
    }

    // What the results are.
    fn expected(&self) -> Result<Vec<ArrayD<T::Exact>>, String> {
        let exact = |conjugate: bool| {
            let operands = self.operands.iter().zip(self.case.conjugated);
            let operands = operands.map(|(operand, &conjugated)| {
                let element = |x: &T| if conjugated != conjugate { x.conjugate().exact() } else { x.exact() };
                operand.view().iter().map(element).collect()
            });
            operands.collect::<Vec<Vec<T::Exact>>>()
        };
        let shapes: Vec<&[usize]> = self.shapes.operands.iter().map(Vec::as_slice).collect();
        let space = &self.shapes.space;
        match self.case.kind {
            Kind::ViewMut => {
                let output = self.output.as_ref().expect("there is a place");
                let before: ArrayD<T::Exact> = output.view().map(T::exact);
                let ones = vec![T::integer(1).exact(); space.extents.iter().product()];
                let marks = walk::gradient(space, &shapes, &exact(false), &ones, 0);
                Ok(vec![before + array(&shapes[0], marks)])
            }
            Kind::Vjp => Ok(self.gradients(&shapes, [exact(false), exact(true)])),
            _ => self.result(&shapes, &exact(false)).map(|result| vec![result]),
        }
    }

    fn result(&self, shapes: &[&[usize]], operands: &[Vec<T::Exact>]) -> Result<ArrayD<T::Exact>, String> {
        let space = &self.shapes.space;
        let mut result = array(&space.extents[..space.kept], walk::evaluate(space, shapes, operands));
        if self.shapes.size() <= OBVIOUS {
            let arrays: Vec<ArrayD<T::Exact>> =
                shapes.iter().zip(operands).map(|(shape, operand)| array(shape, operand.clone())).collect();
            let views: Vec<ArrayViewD<'_, T::Exact>> = arrays.iter().map(|array| array.view()).collect();
            if oracle::evaluate_given(self.case.text, &views, &self.shapes.known) != result {
                return Err("the quick walk is not what the oracle finds".into());
            }
        }
        if self.case.is_scaled {
            result.map_inplace(|element| *element = self.scale.exact() * element.clone());
        }
        let Some(output) = &self.output else { return Ok(result) };
        let result = result.broadcast(&self.shapes.output[..]).expect("ones are broadcast").to_owned();
        let before = output.view();
        Ok(match self.case.kind {
            Kind::Add => before.map(T::exact) + result,
            Kind::Subtract => before.map(T::exact) - result,
            _ => result,
        })
    }

    // `[plain, conjugated]` are the operands as they are multiplied.
    fn gradients(&self, shapes: &[&[usize]], [plain, conjugated]: [Vec<Vec<T::Exact>>; 2]) -> Vec<ArrayD<T::Exact>> {
        let space = &self.shapes.space;
        let cotangent = self.cotangent.as_ref().expect("there is a cotangent").view();
        let wanted = crate::wanted(self.case.wrt, self.case.is_scaled, self.operands.len());
        let one = |wanted: &Option<usize>| match wanted {
            None => {
                let result = walk::evaluate(space, shapes, &conjugated);
                let terms = cotangent.iter().zip(result).map(|(g, result)| g.exact() * result);
                array(&[], vec![terms.fold(T::Exact::zero(), |sum, term| sum + term)])
            }
            Some(of) => {
                // That of the conjugate, conjugated, is that of conjugates.
                let is_conjugated = self.case.conjugated[*of];
                let maybe = |x: &T, conjugate: bool| if conjugate { x.conjugate().exact() } else { x.exact() };
                let factors = if is_conjugated { &plain } else { &conjugated };
                let cotangent: Vec<T::Exact> = cotangent.iter().map(|g| maybe(g, is_conjugated)).collect();
                let mut gradient = walk::gradient(space, shapes, factors, &cotangent, *of);
                if self.case.is_scaled {
                    let scale = maybe(&self.scale, !is_conjugated);
                    gradient.iter_mut().for_each(|element| *element = scale.clone() * element.clone());
                }
                array(shapes[*of], gradient)
            }
        };
        wanted.iter().map(one).collect()
    }

    // The run as a line of JSON, if NumPy can repeat it.
    fn dump(&self, draw: usize, results: &[ArrayD<T>]) -> Option<String> {
        let Case { text, kind, .. } = *self.case;
        let is_einsum = matches!(kind, Kind::Value | Kind::Set | Kind::Add | Kind::Subtract);
        // NumPy has no sums, no other letters, and does not sum over an ellipsis.
        let has_sums = text.contains('(') || !text.is_ascii();
        let sums_rest = text.split_once("->").is_some_and(|(terms, output)| terms.contains("...") && !output.contains("..."));
        if !is_einsum || has_sums || sums_rest || self.shapes.size() > 20_000.0 {
            return None;
        }
        let list = |array: ArrayViewD<'_, T>| {
            let elements: Vec<String> = array.iter().map(T::json).collect();
            format!("{{\"shape\": {:?}, \"elements\": [{}]}}", array.shape(), elements.join(", "))
        };
        let operands: Vec<String> = self.operands.iter().map(|operand| list(operand.view())).collect();
        let before = match (&self.output, kind) {
            (Some(output), Kind::Add | Kind::Subtract) => list(output.view()),
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
            list(results[0].view()),
        ))
    }
}

fn array<E>(shape: &[usize], elements: Vec<E>) -> ArrayD<E> {
    ArrayD::from_shape_vec(shape, elements).expect("one element for each position")
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

// Sets so many elements to one that the product of the operands' sums is an element.
fn set_some_to_one<T: Element>(rng: &mut Rng, buffer: &mut Buffer<T>, factors: usize) {
    let most = (T::MOST as f64 / 2.0).powf(1.0 / factors as f64) as usize;
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
