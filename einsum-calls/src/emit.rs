//! Calls as Rust: a function for each, which takes its arrays from an [`Io`](crate::Io), and the table of all.

use crate::generate::{Call, Kind, Output};
use std::fmt::Write;

/// The file of these calls: a module with a table, `CALLS`.
pub fn module(calls: &[Call]) -> String {
    let functions: String = calls.iter().map(function).collect();
    let rows: String = calls.iter().map(row).collect();
    format!("{functions}\npub(crate) const CALLS: &[Case] = &[\n{rows}];\n")
}

/// The call alone.
pub fn invocation(call: &Call) -> String {
    let operands: Vec<String> = call
        .operands
        .iter()
        .enumerate()
        .map(|(n, operand)| {
            let name = match call.form.kind {
                Kind::ViewMut => "&mut c".into(),
                _ => format!("{}{}", "&".repeat(operand.references), name(n)),
            };
            if operand.is_conjugated { format!("conj({name})") } else { name }
        })
        .collect();
    let mut options: Vec<String> =
        call.given.iter().enumerate().map(|(n, label)| format!("{label} = x.extent({n})")).collect();
    if call.form.kind == Kind::Vjp {
        options.insert(0, "g".into());
    }
    if let Some(path) = &call.path {
        options.push(format!("path = {path:?}"));
    }
    if call.is_limited {
        options.push("memory_limit = x.memory_limit()".into());
    }
    if let Some(wrt) = &call.wrt {
        let names = wrt.iter().map(|one| one.map_or("scale".into(), |n| n.to_string()));
        options.push(format!("wrt = [{}]", names.collect::<Vec<String>>().join(", ")));
    }
    let macro_name = match call.form.kind {
        Kind::View | Kind::ViewMut => "einsum_view",
        Kind::Vjp => "einsum_vjp",
        _ if call.form.is_tried => "try_einsum",
        _ => "einsum",
    };
    let place = match call.form.kind {
        Kind::Set => "c = ",
        Kind::Add => "c += ",
        Kind::Subtract => "c -= ",
        _ => "",
    };
    let scale = if call.form.is_scaled { "s * " } else { "" };
    let options = if options.is_empty() { String::new() } else { format!("; {}", options.join(", ")) };
    format!("{macro_name}!({place}{scale}\"{}\", {}{options})", call.text, operands.join(", "))
}

fn name(operand: usize) -> char {
    ('a'..='z').filter(|&letter| !"cgsx".contains(letter)).nth(operand).expect("few operands")
}

fn rank(rank: Option<usize>) -> String {
    rank.map_or("IxDyn".into(), |rank| format!("Ix{rank}"))
}

fn function(call: &Call) -> String {
    let mut body = String::new();
    let mut line = |text: String| writeln!(body, "    {text}").expect("a string grows");
    if call.form.kind != Kind::ViewMut {
        for (n, operand) in call.operands.iter().enumerate() {
            line(format!("let {} = x.operand::<{}>({n});", name(n), rank(operand.rank)));
        }
    }
    if call.form.is_scaled {
        line("let s = x.scale();".into());
    }
    let (array, number) = match call.output {
        Output::Number => ("Ix0".into(), true),
        Output::Array(static_rank) => (rank(static_rank), false),
    };
    let invocation = invocation(call);
    let element = call.element;
    match call.form.kind {
        Kind::Value => {
            let value = if number { element.into() } else { format!("Array<{element}, {array}>") };
            let failed = if call.form.is_tried { ".map_err(failed)?" } else { "" };
            line(format!("let value: {value} = {invocation}{failed};"));
            line(format!("x.{}(value);", if number { "number" } else { "array" }));
        }
        Kind::Set | Kind::Add | Kind::Subtract => {
            line(format!("let mut c = x.output::<{array}>();"));
            line(if call.form.is_tried {
                format!("{invocation}.map_err(failed)?;")
            } else {
                format!("let () = {invocation};")
            });
        }
        Kind::View => {
            line(format!("let view: ArrayView<'_, {element}, {array}> = {invocation};"));
            line("x.view(view);".into());
        }
        Kind::ViewMut => {
            line(format!("let mut c = x.output::<{}>();", rank(call.operands[0].rank)));
            line(format!("let view: ArrayViewMut<'_, {element}, {array}> = {invocation};"));
            line("x.mark(view);".into());
        }
        Kind::Vjp => {
            line(if number {
                "let g = x.cotangent::<Ix0>().into_scalar().clone();".into()
            } else {
                format!("let g = x.cotangent::<{array}>();")
            });
            let wanted = crate::wanted(call.wrt.as_deref(), call.form.is_scaled, call.operands.len());
            let names: Vec<String> = (0..wanted.len()).map(|n| format!("g{n}")).collect();
            let pattern =
                if let [one] = &names[..] { one.clone() } else { format!("({})", names.join(", ")) };
            line(format!("let {pattern} = {invocation};"));
            for (name, wanted) in names.iter().zip(wanted) {
                let method = if wanted.is_none() { "number" } else { "array" };
                line(format!("x.{method}({name});"));
            }
        }
    }
    format!("fn call{}(x: &mut Io<'_, {element}>) -> Outcome {{\n{body}    Ok(())\n}}\n", call.number)
}

fn row(call: &Call) -> String {
    let list = |items: Vec<String>| format!("&[{}]", items.join(", "));
    let ranks = list(call.operands.iter().map(|operand| format!("{:?}", operand.rank)).collect());
    let conjugated = list(call.operands.iter().map(|operand| operand.is_conjugated.to_string()).collect());
    let given = list(call.given.iter().map(|label| format!("{label:?}")).collect());
    let wrt = call.wrt.as_ref().map(|wrt| list(wrt.iter().map(|one| format!("{one:?}")).collect()));
    let wrt = wrt.map_or("None".into(), |wrt| format!("Some({wrt})"));
    format!(
        "    Case {{ number: {}, text: {:?}, source: {:?}, kind: Kind::{:?}, is_scaled: {}, ranks: {ranks}, conjugated: {conjugated}, \
         given: {given}, wrt: {wrt}, function: Function::{}(call{}) }},\n",
        call.number,
        call.text,
        invocation(call),
        call.form.kind,
        call.form.is_scaled,
        call.variant,
        call.number
    )
}
