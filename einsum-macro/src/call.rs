//! The form of a macro call.
//!
//! ```text
//! call  := [place ("=" | "+=" | "-=")] [scale "*"] literal ("," operand)* [","] [";" option ("," option)* [","]]
//! ```
//!
//! In `einsum_vjp!` there is no place, and before the options stands the cotangent; in `einsum_vjp_path!` it may.
//!
//! The first argument is read as an expression of Rust, since that is what it looks like (`c += 2.0 * s * "ij->i"`),
//! and then taken apart.

use crate::given;
use einsum_spec::path::{Path, PathMistake};
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{
    BinOp, Expr, ExprLit, Ident, Lit, LitStr, Token, UnOp,
    parse::{Parse, ParseBuffer, ParseStream, Parser},
    spanned::Spanned,
};

/// What is wrong with a call.
pub(crate) type Errors = Vec<syn::Error>;

/// A call as it was written.
pub(crate) struct Call {
    /// The macro.
    name: Macro,
    /// The path of the facade.
    pub(crate) krate: TokenTree,
    /// What is assigned to, and how.
    pub(crate) output: Option<(Expr, Assignment)>,
    /// What the result is multiplied by.
    pub(crate) scale: Option<Expr>,
    /// The text.
    pub(crate) subscripts: LitStr,
    /// In order; of `conj(a)` what is between the parentheses.
    pub(crate) operands: Vec<Expr>,
    /// Which operands are written `conj(a)`.
    pub(crate) conjugated: Vec<bool>,
    /// What stands among the operands and is certainly meant as something else.
    strangers: Vec<Expr>,
    /// Of `einsum_vjp!`, and of its report if it is there.
    pub(crate) cotangent: Option<Expr>,
    /// Behind the `;`.
    pub(crate) options: Vec<(Ident, Expr)>,
}

/// Which macro is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Macro {
    /// `einsum!`
    Einsum,
    /// `try_einsum!`
    TryEinsum,
    /// `einsum_path!`
    EinsumPath,
    /// `einsum_view!`
    EinsumView,
    /// `einsum_vjp!`
    EinsumVjp,
    /// `einsum_vjp_path!`
    EinsumVjpPath,
}

/// What a gradient is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The factor of the whole.
    Scale,
    /// An operand, by its position.
    Operand(usize),
}

impl Macro {
    // Whether gradients are what it is about.
    fn is_of_gradients(self) -> bool {
        matches!(self, Macro::EinsumVjp | Macro::EinsumVjpPath)
    }

    // A call as it should be.
    fn example(self) -> &'static str {
        match self {
            Macro::Einsum => "`einsum!(\"ij,jk->ik\", a, b)`",
            Macro::TryEinsum => "`try_einsum!(\"ij,jk->ik\", a, b)`",
            Macro::EinsumPath => "`einsum_path!(\"ij,jk,kl->il\", a, b, c)`",
            Macro::EinsumView => "`einsum_view!(\"ii->i\", a)`",
            Macro::EinsumVjp => "`einsum_vjp!(\"ij,jk->ik\", a, b; dc)`",
            Macro::EinsumVjpPath => "`einsum_vjp_path!(\"ij,jk->ik\", a, b)`",
        }
    }
}

/// How a result goes into an array.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assignment {
    /// `=`
    Set,
    /// `+=`
    Add,
    /// `-=`
    Subtract,
}

impl Call {
    /// Reads the input of a macro.
    pub(crate) fn parse(name: Macro, input: TokenStream) -> Result<Call, Errors> {
        let parser = |input: ParseStream<'_>| parse_call(name, input);
        parser.parse2(input).map_err(|error| vec![error])
    }

    /// Whether the text is but one of several.
    pub(crate) fn has_second_text(&self) -> bool {
        self.strangers.iter().any(is_text)
    }

    /// Refuses what stands among the operands and is none.
    pub(crate) fn refuse_strangers(&self) -> Result<(), Errors> {
        let option = "options stand behind a `;`\nhelp: write `; name = value` after the last operand";
        let message = |stranger| if is_text(stranger) { ONE_STRING } else { option };
        let errors =
            self.strangers.iter().map(|stranger| syn::Error::new(stranger.span(), message(stranger)));
        none(errors.collect())
    }

    /// Refuses options that do not exist, those that are there already, and those that exclude each other.
    pub(crate) fn refuse_wrong_options(&self) -> Result<(), Errors> {
        let mut errors = Errors::new();
        for (n, (name, _)) in self.options.iter().enumerate() {
            let known: &[&str] =
                if self.name.is_of_gradients() { &["wrt"] } else { &["path", "memory_limit"] };
            if !known.iter().any(|known| name == known) && given::label_of(name).is_none() {
                let known = match known {
                    [one] => format!("there is `{one}`"),
                    several => format!("there are `{}`", several.join("` and `")),
                };
                errors.push(syn::Error::new(name.span(), format!("unknown option `{name}`\nhelp: {known}")));
            } else if self.options[..n].iter().any(|(earlier, _)| earlier == name) {
                errors.push(syn::Error::new(name.span(), format!("option `{name}` is given twice")));
            }
        }
        // A limit only chooses between paths.
        if let (Some(_), Some((name, _))) = (self.option("path"), self.option("memory_limit")) {
            let message = "a limit has no effect on a fixed `path`\nhelp: leave one of the two options";
            errors.push(syn::Error::new(name.span(), message));
        }
        none(errors)
    }

    /// The most elements that an intermediate may have: an expression of type `usize`.
    pub(crate) fn memory_limit(&self) -> Option<&Expr> {
        self.option("memory_limit").map(|(_, limit)| limit)
    }

    /// The contraction path that the call asks for.
    pub(crate) fn fixed_path(&self, terms: usize) -> Result<Option<Path>, Errors> {
        let Some((_, list)) = self.option("path") else { return Ok(None) };
        let steps = path_steps(list).map_err(|error| vec![error])?;
        if terms != self.operands.len() {
            // It is not certain how many positions there should be.
            return Ok(None);
        }
        match Path::fixed(steps, terms) {
            Ok(path) => Ok(Some(path)),
            Err(mistakes) => Err(mistakes.into_iter().map(|mistake| wrong_path(list, mistake)).collect()),
        }
    }

    fn option(&self, name: &str) -> Option<&(Ident, Expr)> {
        self.options.iter().find(|(other, _)| other == name)
    }

    /// A report has no use for an output or a scale: they change no path.
    pub(crate) fn refuse_for_path(&self) -> Result<(), Errors> {
        let mut errors = Errors::new();
        let mut refuse = |span: Span, what: &str| {
            let help = "help: leave it out; the path is the same";
            errors.push(syn::Error::new(
                span,
                format!("`einsum_path!` computes nothing that could be {what}\n{help}"),
            ));
        };
        if let Some((place, _)) = &self.output {
            refuse(place.span(), "assigned to an array");
        }
        if let Some(scale) = &self.scale {
            refuse(scale.span(), "scaled");
        }
        none(errors)
    }

    /// What the gradients are of that a call of `einsum_vjp!` asks for, in order: what its option `wrt` lists, or else the scale if
    /// there is one, and all operands. The list must be one that [`Call::refuse_for_vjp`] has let pass.
    pub(crate) fn wanted(&self, operands: usize) -> Vec<Wanted> {
        let list = self.option("wrt");
        match list.and_then(|(_, list)| wanted(list).ok()) {
            Some(wanted) => wanted,
            None => {
                let scale = self.scale.as_ref().map(|_| Wanted::Scale);
                scale.into_iter().chain((0..operands).map(Wanted::Operand)).collect()
            }
        }
    }

    /// Gradients are fresh arrays, of the scale and the operands that there are.
    pub(crate) fn refuse_for_vjp(&self) -> Result<(), Errors> {
        let mut errors = Errors::new();
        if let Some((place, _)) = &self.output {
            let message = if self.name == Macro::EinsumVjpPath {
                "`einsum_vjp_path!` computes nothing that could be assigned to an array\n\
                 help: leave it out; the report is the same"
            } else {
                "gradients are not assigned to an array\nhelp: write `let (da, db) = einsum_vjp!(...)`"
            };
            errors.push(syn::Error::new(place.span(), message));
        }
        if let Some((_, list)) = self.option("wrt") {
            match wanted(list) {
                Err(error) => errors.push(error),
                Ok(wanted) => errors.extend(self.refuse_wanted(list, &wanted)),
            }
        }
        none(errors)
    }

    fn refuse_wanted(&self, list: &Expr, wanted: &[Wanted]) -> Errors {
        let mut errors = Errors::new();
        let Expr::Array(list) = list else { return errors };
        for (n, (&one, item)) in wanted.iter().zip(&list.elems).enumerate() {
            let message = match one {
                Wanted::Scale if self.scale.is_none() => {
                    "there is no scale to have a gradient\nhelp: a scale stands before the subscripts: `scale * \"...\"`".into()
                }
                Wanted::Operand(operand) if operand >= self.operands.len() => {
                    let last = match self.operands.len() {
                        0 | 1 => String::new(),
                        operands => format!(", here up to {}", operands - 1),
                    };
                    format!(
                        "there is no operand {operand} to have a gradient\nhelp: operands are counted from 0{last}"
                    )
                }
                _ if wanted[..n].contains(&one) => match one {
                    Wanted::Scale => "the gradient of the scale is asked for twice".into(),
                    Wanted::Operand(operand) => {
                        format!("the gradient of operand {operand} is asked for twice")
                    }
                },
                _ => continue,
            };
            errors.push(syn::Error::new(item.span(), message));
        }
        errors
    }

    /// A view has no use for an output, a scale or an option.
    pub(crate) fn refuse_for_view(&self) -> Result<(), Errors> {
        let mut errors = Errors::new();
        let mut refuse = |span: Span, what: &str| {
            errors.push(syn::Error::new(span, format!("a view {what}\nhelp: use `einsum!`, which computes")));
        };
        if let Some((place, _)) = &self.output {
            refuse(place.span(), "is not assigned to an array");
        }
        if let Some(scale) = &self.scale {
            refuse(scale.span(), "cannot scale its elements");
        }
        if self.conjugated.first() == Some(&true) {
            refuse(self.operands[0].span(), "cannot conjugate its elements");
        }
        if let Some((name, _)) = self.options.iter().find(|(name, _)| given::label_of(name).is_none()) {
            refuse(name.span(), "has no options but the extents of indices, such as `i = 3`");
        }
        none(errors)
    }
}

const ONE_STRING: &str =
    "the subscripts are one string\nhelp: separate the terms by `,` in it, `\"ij,jk->ik\"`";

fn none(errors: Errors) -> Result<(), Errors> {
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn parse_call(name: Macro, input: ParseStream<'_>) -> syn::Result<Call> {
    let krate = input.parse()?;
    input.parse::<Token![,]>()?;
    if input.is_empty() {
        let message = format!("there are no subscripts and no operands\nhelp: write {}", name.example());
        return Err(syn::Error::new(Span::call_site(), message));
    }
    if input.peek(Token![,]) || input.peek(Token![;]) {
        return Err(input.error(format!("the subscripts are missing\nhelp: write {}", name.example())));
    }
    if input.peek(Token![=]) || input.peek(Token![+=]) || input.peek(Token![-=]) {
        return Err(input.error("there is no array to assign to\nhelp: write `c = \"...\"`"));
    }
    let first: Expr = input.parse()?;
    if !is_text(&first) && input.peek(LitStr) {
        return Err(input.error("there should be a `*` between the scale and the subscripts"));
    }
    let text_behind = has_text(input.fork());
    let (output, scale, subscripts) = split_first_argument(first, name, text_behind)?;
    let (mut operands, mut conjugated, mut strangers) = (Vec::new(), Vec::new(), Vec::new());
    while separated(input, "operand")? {
        if input.peek(Token![,]) {
            return Err(input.error("there should be an operand before this `,`"));
        }
        let operand: Expr = input.parse()?;
        let (operand, is_conjugated) = split_conjugate(operand);
        let is_stranger = is_text(&operand) || is_option(&operand);
        if is_stranger {
            strangers.push(operand);
        } else {
            operands.push(operand);
            conjugated.push(is_conjugated);
        }
    }
    let (mut options, mut cotangent) = (Vec::new(), None);
    if input.parse::<Option<Token![;]>>()?.is_some() {
        if name.is_of_gradients() && !input.is_empty() && !(input.peek(Ident) && input.peek2(Token![=])) {
            cotangent = Some(input.parse()?);
            separated(input, "option")?;
        }
        while !input.is_empty() {
            options.push(parse_option(name, input)?);
            if !separated(input, "option")? {
                break;
            }
        }
    }
    if !input.is_empty() {
        return Err(input.error("there is a second `;`\nhelp: options are separated by `,`"));
    }
    if name == Macro::EinsumVjp && cotangent.is_none() {
        let message =
            format!("the cotangent is missing, the gradient of the result\nhelp: write {}", name.example());
        return Err(syn::Error::new(Span::call_site(), message));
    }
    Ok(Call { name, krate, output, scale, subscripts, operands, conjugated, strangers, cotangent, options })
}

// `conj(a)`: a function of the user's of that name is called as `self::conj(a)`, or between parentheses.
fn split_conjugate(operand: Expr) -> (Expr, bool) {
    match ungrouped(operand) {
        Expr::Call(mut call) if call.args.len() == 1 && is_conj(&call.func) => match call.args.pop() {
            Some(argument) => (argument, true),
            None => (Expr::Call(call), false),
        },
        operand => (operand, false),
    }
}

fn is_conj(function: &Expr) -> bool {
    matches!(function, Expr::Path(path) if path.qself.is_none() && path.path.is_ident("conj"))
}

// Whether one of the arguments that follow is a text.
fn has_text(rest: ParseBuffer<'_>) -> bool {
    while let (true, Ok(_)) = (rest.peek(Token![,]), rest.parse::<Token![,]>()) {
        match rest.parse::<Expr>() {
            Ok(argument) if is_text(&argument) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    false
}

// Whether another item follows in a list that may end in a comma.
fn separated(input: ParseStream<'_>, item: &str) -> syn::Result<bool> {
    if input.is_empty() || input.peek(Token![;]) {
        return Ok(false);
    }
    if !input.peek(Token![,]) {
        return Err(input.error(format!("there should be a `,` before the next {item}")));
    }
    input.parse::<Token![,]>()?;
    Ok(!input.is_empty() && !input.peek(Token![;]))
}

fn parse_option(call: Macro, input: ParseStream<'_>) -> syn::Result<(Ident, Expr)> {
    let name: Ident = input.parse().map_err(|error| {
        let (place, example) = match call {
            Macro::EinsumVjp => ("the cotangent", "wrt = [0]"),
            Macro::EinsumVjpPath => ("`;`", "wrt = [0]"),
            Macro::EinsumView => ("`;`", "i = 3"),
            _ => ("`;`", "path = [(0, 1), (0, 1)]"),
        };
        let message = format!("what follows {place} is an option with a value, such as `{example}`");
        syn::Error::new(error.span(), message)
    })?;
    if !input.peek(Token![=]) {
        let message = format!("option `{name}` has no value\nhelp: an option is written `name = value`");
        return Err(syn::Error::new(name.span(), message));
    }
    input.parse::<Token![=]>()?;
    Ok((name, Expr::parse(input)?))
}

type FirstArgument = (Option<(Expr, Assignment)>, Option<Expr>, LitStr);

// `place = scale * "text"`, where all but the text may be absent.
fn split_first_argument(argument: Expr, name: Macro, text_behind: bool) -> syn::Result<FirstArgument> {
    let (output, value) = match ungrouped(argument) {
        Expr::Assign(assign) if is_text(&assign.left) => {
            let message = "the array that is assigned to stands first\nhelp: write `c = \"...\"`";
            return Err(syn::Error::new(assign.eq_token.span(), message));
        }
        Expr::Assign(assign) => (Some((*assign.left, Assignment::Set)), *assign.right),
        Expr::Binary(binary) => match binary.op {
            BinOp::AddAssign(_) => (Some((*binary.left, Assignment::Add)), *binary.right),
            BinOp::SubAssign(_) => (Some((*binary.left, Assignment::Subtract)), *binary.right),
            op if is_assignment(&op) => {
                let message = "a result cannot be assigned like this\nhelp: there are `=`, `+=` and `-=`";
                return Err(syn::Error::new(op.span(), message));
            }
            _ => (None, Expr::Binary(binary)),
        },
        value => (None, value),
    };
    let (scale, subscripts) = split_scale(value, name, text_behind)?;
    Ok((output, scale, subscripts))
}

// `scale * "text"` or `"text"`.
fn split_scale(value: Expr, name: Macro, text_behind: bool) -> syn::Result<(Option<Expr>, LitStr)> {
    let error = |span: Span, message: &str| Err(syn::Error::new(span, message));
    match ungrouped(value) {
        Expr::Binary(binary) if matches!(binary.op, BinOp::Mul(_)) && is_text(&binary.right) => {
            if is_text(&binary.left) {
                return error(binary.left.span(), ONE_STRING);
            }
            Ok((Some(*binary.left), text(*binary.right, name, text_behind)?))
        }
        Expr::Binary(binary) if matches!(binary.op, BinOp::Mul(_)) && is_text(&binary.left) => {
            error(binary.op.span(), "a scale stands before the subscripts\nhelp: write `scale * \"...\"`")
        }
        Expr::Binary(binary) if matches!(binary.op, BinOp::Eq(_)) && ends_in_text(&binary.right) => {
            error(binary.op.span(), "`==` compares\nhelp: assign with `=`")
        }
        Expr::Binary(binary) if matches!(*binary.right, Expr::Unary(_)) && ends_in_text(&binary.right) => {
            split_scale(*binary.right, name, text_behind)
        }
        Expr::Binary(binary)
            if matches!(binary.op, BinOp::Add(_) | BinOp::Sub(_)) && ends_in_text(&binary.right) =>
        {
            error(
                binary.op.span(),
                "only a product can stand before the subscripts\n\
             help: put the scale between parentheses, `(a + b) * \"...\"`",
            )
        }
        Expr::Binary(binary) if ends_in_text(&binary.right) => {
            let message = "only a product can stand before the subscripts\nhelp: write `scale * \"...\"`";
            error(binary.op.span(), message)
        }
        Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) && is_text(&unary.expr) => {
            let message = "there is no scale before the `*`\nhelp: write `scale * \"...\"`";
            error(unary.op.span(), message)
        }
        Expr::Unary(unary) if ends_in_text(&unary.expr) => error(
            unary.op.span(),
            "subscripts have no sign\nhelp: subtract with `c -= \"...\"`, or scale with `s * \"...\"`",
        ),
        Expr::Assign(assign) if ends_in_text(&assign.right) => {
            error(assign.eq_token.span(), "a result goes into one array\nhelp: leave one `=`")
        }
        value => Ok((None, text(value, name, text_behind)?)),
    }
}

fn text(value: Expr, name: Macro, text_behind: bool) -> syn::Result<LitStr> {
    let value = ungrouped(value);
    let message = match &value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.suffix().is_empty() => return Ok(text.clone()),
        Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => {
            "the subscripts have a suffix\nhelp: end them with the quote".into()
        }
        Expr::Lit(ExprLit { lit: Lit::ByteStr(_), .. }) => {
            "the subscripts are not bytes\nhelp: write them without the `b`".into()
        }
        Expr::Lit(ExprLit { lit: Lit::CStr(_), .. }) => {
            "the subscripts are no C string\nhelp: write them without the `c`".into()
        }
        _ if text_behind => format!("the subscripts come first\nhelp: write {}", name.example()),
        _ => format!(
            "the subscripts must be a string literal: they are read while the program is compiled\n\
             help: write {}",
            name.example()
        ),
    };
    Err(syn::Error::new(value.span(), message))
}

fn is_text(expression: &Expr) -> bool {
    match expression {
        Expr::Group(group) => is_text(&group.expr),
        Expr::Lit(literal) => matches!(literal.lit, Lit::Str(_)),
        _ => false,
    }
}

// `path = [(0, 1)]` in the place of an operand.
fn is_option(expression: &Expr) -> bool {
    matches!(expression, Expr::Assign(assign) if matches!(&*assign.left, Expr::Path(_)))
}

fn ends_in_text(expression: &Expr) -> bool {
    match expression {
        Expr::Binary(binary) => ends_in_text(&binary.right),
        Expr::Unary(unary) => ends_in_text(&unary.expr),
        Expr::Group(group) => ends_in_text(&group.expr),
        other => is_text(other),
    }
}

// What a user's own macro passes on as `$x:expr` or `$x:literal` comes in an invisible group.
fn ungrouped(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => ungrouped(*group.expr),
        other => other,
    }
}

fn is_assignment(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}

// `[(1, 2), (0, 1)]`
fn path_steps(list: &Expr) -> syn::Result<Vec<Vec<usize>>> {
    let wrong = |what: &Expr| {
        syn::Error::new(what.span(), "a path is a list of tuples of positions, such as `[(1, 2), (0, 1)]`")
    };
    let Expr::Array(steps) = list else { return Err(wrong(list)) };
    let step = |step: &Expr| match step {
        Expr::Tuple(positions) => {
            positions.elems.iter().map(|element| position(element).ok_or_else(|| wrong(element))).collect()
        }
        // `(0)` is a number between parentheses; as a step it is too short, which the path says.
        Expr::Paren(inner) => Ok(vec![position(&inner.expr).ok_or_else(|| wrong(step))?]),
        other => Err(wrong(other)),
    };
    steps.elems.iter().map(step).collect()
}

// At the step that is wrong.
fn wrong_path(list: &Expr, mistake: PathMistake) -> syn::Error {
    let place = match (list, mistake.step()) {
        (Expr::Array(steps), Some(step)) => steps.elems.get(step).unwrap_or(list),
        _ => list,
    };
    let help = mistake.help().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    syn::Error::new(place.span(), format!("{mistake}{help}"))
}

// `[scale, 0, 2]`
fn wanted(list: &Expr) -> syn::Result<Vec<Wanted>> {
    let wrong = |what: &Expr| {
        syn::Error::new(
            what.span(),
            "`wrt` is a list of the positions of operands, or `scale`, such as `[0, 2]`",
        )
    };
    let Expr::Array(items) = list else { return Err(wrong(list)) };
    if items.elems.is_empty() {
        return Err(syn::Error::new(
            list.span(),
            "no gradient is asked for\nhelp: without `wrt` all gradients are given",
        ));
    }
    let item = |item: &Expr| match item {
        Expr::Path(path) if path.path.is_ident("scale") => Ok(Wanted::Scale),
        other => position(other).map(Wanted::Operand).ok_or_else(|| wrong(other)),
    };
    items.elems.iter().map(item).collect()
}

fn position(element: &Expr) -> Option<usize> {
    match element {
        Expr::Group(group) => position(&group.expr),
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        _ => None,
    }
}
