//! The form of a macro call.
//!
//! ```text
//! call  := [place ("=" | "+=" | "-=")] [scale "*"] literal ("," operand)* [","] [";" option ("," option)* [","]]
//! ```
//!
//! The first argument is read as an expression of Rust, since that is what it looks like (`c += 2.0 * s * "ij->i"`),
//! and then taken apart.

use einsum_spec::path::Path;
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{
    BinOp, Expr, Ident, Lit, LitStr, Token,
    parse::{Parse, ParseStream, Parser},
    spanned::Spanned,
};

/// What is wrong with a call.
pub(crate) type Errors = Vec<syn::Error>;

/// A call as it was written.
pub(crate) struct Call {
    /// The path of the facade.
    pub(crate) krate: TokenTree,
    /// What is assigned to, and how.
    pub(crate) output: Option<(Expr, Assignment)>,
    /// What the result is multiplied by.
    pub(crate) scale: Option<Expr>,
    /// The text.
    pub(crate) subscripts: LitStr,
    /// In order.
    pub(crate) operands: Vec<Expr>,
    options: Vec<(Ident, Expr)>,
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

const EXAMPLE: &str = "`einsum!(\"ij,jk->ik\", a, b)`";

impl Call {
    /// Reads the input of a macro.
    pub(crate) fn parse(input: TokenStream) -> Result<Call, Errors> {
        let call = parse_call.parse2(input).map_err(|error| vec![error])?;
        call.refuse_unknown_options()?;
        Ok(call)
    }

    /// The contraction path that the call asks for.
    pub(crate) fn fixed_path(&self) -> Result<Option<Path>, Errors> {
        let Some((_, list)) = self.options.iter().find(|(name, _)| name == "path") else { return Ok(None) };
        let steps = path_steps(list).map_err(|error| vec![error])?;
        match Path::fixed(steps, self.operands.len()) {
            Ok(path) => Ok(Some(path)),
            Err(mistakes) => {
                Err(mistakes.into_iter().map(|mistake| syn::Error::new(list.span(), mistake)).collect())
            }
        }
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
        if let Some((name, _)) = self.options.first() {
            refuse(name.span(), "has no options");
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    fn refuse_unknown_options(&self) -> Result<(), Errors> {
        let mut errors = Errors::new();
        for (n, (name, _)) in self.options.iter().enumerate() {
            if name != "path" {
                errors.push(syn::Error::new(
                    name.span(),
                    format!("unknown option `{name}`\nhelp: there is `path`"),
                ));
            } else if self.options[..n].iter().any(|(earlier, _)| earlier == name) {
                errors.push(syn::Error::new(name.span(), format!("option `{name}` is given twice")));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

fn parse_call(input: ParseStream<'_>) -> syn::Result<Call> {
    let krate = input.parse()?;
    input.parse::<Token![,]>()?;
    if input.is_empty() {
        let message = format!("there are no subscripts and no operands\nhelp: write {EXAMPLE}");
        return Err(syn::Error::new(Span::call_site(), message));
    }
    let (output, scale, subscripts) = split_first_argument(input.parse()?)?;
    let mut operands = Vec::new();
    while separated(input, "operand")? {
        operands.push(input.parse()?);
    }
    let mut options = Vec::new();
    if input.parse::<Option<Token![;]>>()?.is_some() {
        while !input.is_empty() {
            options.push(input.call(parse_option)?);
            if !separated(input, "option")? {
                break;
            }
        }
    }
    if !input.is_empty() {
        return Err(input.error("there is a second `;`\nhelp: options are separated by `,`"));
    }
    Ok(Call { krate, output, scale, subscripts, operands, options })
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

fn parse_option(input: ParseStream<'_>) -> syn::Result<(Ident, Expr)> {
    let name: Ident = input.parse().map_err(|error| {
        syn::Error::new(
            error.span(),
            "what follows `;` is an option with a value, such as `path = [(0, 1), (0, 1)]`",
        )
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
fn split_first_argument(argument: Expr) -> syn::Result<FirstArgument> {
    let (output, value) = match ungrouped(argument) {
        Expr::Assign(assign) => (Some((*assign.left, Assignment::Set)), *assign.right),
        Expr::Binary(binary) => match binary.op {
            BinOp::AddAssign(_) => (Some((*binary.left, Assignment::Add)), *binary.right),
            BinOp::SubAssign(_) => (Some((*binary.left, Assignment::Subtract)), *binary.right),
            op if is_assignment(&op) => {
                return Err(syn::Error::new(
                    op.span(),
                    "a result cannot be assigned like this\nhelp: there are `=`, `+=` and `-=`",
                ));
            }
            _ => (None, Expr::Binary(binary)),
        },
        value => (None, value),
    };
    let (scale, subscripts) = split_scale(value)?;
    Ok((output, scale, subscripts))
}

// `scale * "text"` or `"text"`.
fn split_scale(value: Expr) -> syn::Result<(Option<Expr>, LitStr)> {
    match ungrouped(value) {
        Expr::Binary(binary) if matches!(binary.op, BinOp::Mul(_)) && is_text(&binary.right) => {
            Ok((Some(*binary.left), text(*binary.right)?))
        }
        Expr::Binary(binary) if matches!(binary.op, BinOp::Mul(_)) && is_text(&binary.left) => {
            Err(syn::Error::new(
                binary.span(),
                "a scale stands before the subscripts\nhelp: write `scale * \"...\"`",
            ))
        }
        Expr::Binary(binary) if ends_in_text(&binary.right) => Err(syn::Error::new(
            binary.op.span(),
            "only a product can stand before the subscripts\n\
             help: put the scale between parentheses, `(a + b) * \"...\"`",
        )),
        Expr::Unary(unary) if ends_in_text(&unary.expr) => Err(syn::Error::new(
            unary.op.span(),
            "subscripts have no sign\nhelp: subtract with `c -= \"...\"`, or scale with `s * \"...\"`",
        )),
        value => Ok((None, text(value)?)),
    }
}

fn text(value: Expr) -> syn::Result<LitStr> {
    match ungrouped(value) {
        Expr::Lit(literal) => match literal.lit {
            Lit::Str(text) if text.suffix().is_empty() => Ok(text),
            other => Err(not_text(&other)),
        },
        other => Err(not_text(&other)),
    }
}

fn not_text(what: &impl Spanned) -> syn::Error {
    let message = format!(
        "the subscripts must be a string literal: they are read while the program is compiled\n\
         help: write {EXAMPLE}"
    );
    syn::Error::new(what.span(), message)
}

fn is_text(expression: &Expr) -> bool {
    match expression {
        Expr::Group(group) => is_text(&group.expr),
        Expr::Lit(literal) => matches!(literal.lit, Lit::Str(_)),
        _ => false,
    }
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
