//! The form of a macro call.
//!
//! ```text
//! call  := [place ("=" | "+=" | "-=")] [scale "*"] literal ("," operand)* [","] [";" option ("," option)* [","]]
//! ```
//!
//! The first argument is read as an expression of Rust, since that is what it looks like (`c += 2.0 * s * "ij->i"`),
//! and then taken apart.

use crate::given;
use einsum_spec::path::Path;
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
    /// What stands among the operands and is certainly meant as something else.
    strangers: Vec<Expr>,
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
    /// `einsum_view!`
    EinsumView,
}

impl Macro {
    // A call as it should be.
    fn example(self) -> &'static str {
        match self {
            Macro::Einsum => "`einsum!(\"ij,jk->ik\", a, b)`",
            Macro::TryEinsum => "`try_einsum!(\"ij,jk->ik\", a, b)`",
            Macro::EinsumView => "`einsum_view!(\"ii->i\", a)`",
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

    /// Refuses options that do not exist, and those that are there already.
    pub(crate) fn refuse_unknown_options(&self) -> Result<(), Errors> {
        let mut errors = Errors::new();
        for (n, (name, _)) in self.options.iter().enumerate() {
            if name != "path" && given::label_of(name).is_none() {
                errors.push(syn::Error::new(
                    name.span(),
                    format!("unknown option `{name}`\nhelp: there is `path`"),
                ));
            } else if self.options[..n].iter().any(|(earlier, _)| earlier == name) {
                errors.push(syn::Error::new(name.span(), format!("option `{name}` is given twice")));
            }
        }
        none(errors)
    }

    /// The contraction path that the call asks for.
    pub(crate) fn fixed_path(&self, terms: usize) -> Result<Option<Path>, Errors> {
        let Some((_, list)) = self.options.iter().find(|(name, _)| name == "path") else { return Ok(None) };
        let steps = path_steps(list).map_err(|error| vec![error])?;
        if terms != self.operands.len() {
            // It is not certain how many positions there should be.
            return Ok(None);
        }
        match Path::fixed(steps, terms) {
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
        if let Some((name, _)) = self.options.iter().find(|(name, _)| given::label_of(name).is_none()) {
            refuse(name.span(), "has no options");
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
    let (mut operands, mut strangers) = (Vec::new(), Vec::new());
    while separated(input, "operand")? {
        if input.peek(Token![,]) {
            return Err(input.error("there should be an operand before this `,`"));
        }
        let operand: Expr = input.parse()?;
        let is_stranger = is_text(&operand) || is_option(&operand);
        let list = if is_stranger { &mut strangers } else { &mut operands };
        list.push(operand);
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
    Ok(Call { krate, output, scale, subscripts, operands, strangers, options })
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
            error(binary.op.span(), "only a product can stand before the subscripts")
        }
        Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) && is_text(&unary.expr) => {
            error(unary.op.span(), "there is no scale before the `*`")
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
