//! The gradients of a contraction: the steps of several contractions that have most of their factors in common.
//!
//! For a result `y` and its cotangent `g`, the gradient of an operand is the contraction of `g` and all other operands, with the operand's
//! indices for the output. So take `g` for one operand more: the gradients are the contractions of all but one. A tree of steps, seen
//! without its root, has the operands and `g` for leaves, and each of its edges parts them in two; what one side sends to the other
//! is the contraction of all that is there, with the indices that the other side has too. The gradient of a leaf is what is sent to
//! it. Where several things meet, each is sent the product of the others: so every gradient is there after three products for each
//! pair of the tree, one of them in its step forward (without the last, which nobody asks for). It is reverse-mode differentiation of
//! the steps (Griewank and Walther, "Evaluating Derivatives", 2008), and the sending of messages in a tree (Kschischang, Frey and
//! Loeliger, "Factor graphs and the sum-product algorithm", 2001).
//!
//! The tree is the best one of those that are best for the result or for one of the gradients.

use crate::{
    cost::StepCost,
    path::{Options, Path},
    plan::{Plan, Source, Step},
    spec::{IndexId, OperandId, Spec, Term},
};
use alloc::{vec, vec::Vec};

/// What a gradient is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The number that the result is multiplied by.
    Scale,
    /// An operand.
    Operand(OperandId),
}

/// The steps that make some gradients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backward {
    /// The steps, in order. To them, the cotangent is one more operand, behind the others; and a result may be read by several steps.
    pub plan: Plan,
    /// For each step the gradient that it makes, if its result is no intermediate. The gradient of an operand has the operand's indices, each
    /// once; that of the scale is one without the scale.
    pub gradients: Vec<Option<Wanted>>,
}

/// The most operands for which the best trees of all gradients are tried.
const MOST_TRIED: usize = 10;

impl Backward {
    /// The best steps found for these extents, one for each index of the spec. At least one gradient must be wanted, and each once.
    ///
    /// Where products keep the order of the factors, nothing is shared.
    ///
    /// ```
    /// use einsum_spec::{backward::{Backward, Wanted}, check, parse, path::Options, spec::OperandId};
    ///
    /// let (subscripts, report) = parse::parse("ij,jk,kl->il");
    /// let spec = check::check(&subscripts, 3, report).expect("the subscripts are sound");
    /// let wanted = [0, 1, 2].map(|n| Wanted::Operand(OperandId(n)));
    /// let backward = Backward::choose(&spec, &[100; 4], &wanted, &Options::default());
    /// // Two products of two operands each, and what is sent to each of their factors but for the result itself.
    /// assert_eq!(backward.flops(&[100; 4]), 5 * 2 * 100 * 100 * 100);
    /// ```
    ///
    /// # Panics
    /// Where `extents` is shorter than the spec's list of indices, or an operand is wanted that there is not.
    pub fn choose(spec: &Spec, extents: &[u64], wanted: &[Wanted], options: &Options) -> Backward {
        if options.keeps_order {
            return Backward::apart(spec, extents, wanted, options);
        }
        let cotangent = spec.operands.len();
        let operands = || wanted.iter().filter(|&&one| one != Wanted::Scale);
        let few = cotangent <= MOST_TRIED || operands().count() == 1;
        let others = operands().filter(|_| few).map(|one| leaf_of(*one, cotangent));
        let roots = [cotangent].into_iter().chain(others);
        let tried = roots.map(|root| {
            let backward =
                Messages::new(spec, &Tree::best(spec, extents, root, options)).send(wanted, extents);
            (backward.flops(extents), backward)
        });
        let best = tried.reduce(|best, next| if next.0 < best.0 { next } else { best });
        best.expect("the cotangent is a root").1
    }

    /// Each gradient by a contraction of its own, with the cotangent in the place of the operand, or behind all if the scale is wanted.
    ///
    /// # Panics
    /// As [`Backward::choose`].
    pub fn apart(spec: &Spec, extents: &[u64], wanted: &[Wanted], options: &Options) -> Backward {
        apart(spec, extents, wanted, options)
    }

    /// The operations of all steps.
    pub fn flops(&self, extents: &[u64]) -> u128 {
        let flops = self.plan.steps.iter().map(|step| StepCost::of(step, extents).flops);
        flops.fold(0, u128::saturating_add)
    }
}

// The scale is a factor of the result, like the cotangent.
fn leaf_of(wanted: Wanted, cotangent: usize) -> usize {
    match wanted {
        Wanted::Scale => cotangent,
        Wanted::Operand(id) => usize::from(id.0),
    }
}

fn source_of(leaf: usize) -> Source {
    Source::Operand(OperandId(u16::try_from(leaf).expect("operands are numbered in 16 bits")))
}

/// The order of the steps as a tree whose root is the cotangent. The leaves are numbered first: the operands, then the cotangent.
struct Tree {
    cotangent: usize,
    /// The root has none.
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
}

impl Tree {
    // That of the fewest operations for the contraction of all leaves but `root`.
    fn best(spec: &Spec, extents: &[u64], root: usize, options: &Options) -> Tree {
        let cotangent = spec.operands.len();
        let mut left: Vec<usize> = (0..=cotangent).filter(|&leaf| leaf != root).collect();
        let term = |leaf: usize| spec.operands.get(leaf).unwrap_or(&spec.output);
        let is_there = |id: &IndexId| left.iter().any(|&leaf| term(leaf).contains(id));
        let output = distinct(term(root).iter().copied().filter(is_there));
        let terms = left.iter().map(|&leaf| term(leaf).clone()).collect();
        let network = Spec::plain(spec.indices.clone(), terms, output);
        let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); cotangent + 1];
        for positions in Path::choose(&network, extents, options).steps {
            let taken: Vec<usize> = positions.iter().map(|&position| left[position]).collect();
            left.retain(|thing| !taken.contains(thing));
            let node = match taken[..] {
                [only] => only,
                _ => {
                    let node = neighbours.len();
                    taken.iter().for_each(|&thing| neighbours[thing].push(node));
                    neighbours.push(taken);
                    node
                }
            };
            left.push(node);
        }
        neighbours[root].push(left[0]);
        neighbours[left[0]].push(root);
        Tree::rooted(neighbours, cotangent)
    }

    fn rooted(neighbours: Vec<Vec<usize>>, cotangent: usize) -> Tree {
        let (mut parents, mut children) = (vec![None; neighbours.len()], neighbours);
        let mut open = vec![cotangent];
        while let Some(node) = open.pop() {
            let parent = parents[node];
            children[node].retain(|&other| Some(other) != parent);
            for &child in &children[node] {
                parents[child] = Some(node);
                open.push(child);
            }
        }
        let mut tree = Tree { cotangent, parents, children };
        // Factors stand in the order of the operands.
        let mut first = vec![usize::MAX; tree.parents.len()];
        for &node in tree.root_first().iter().rev() {
            tree.children[node].sort_unstable_by_key(|&child| first[child]);
            first[node] = tree.children[node].first().map_or(node, |&child| first[child]);
        }
        tree
    }

    // Every node after its parent.
    fn root_first(&self) -> Vec<usize> {
        let mut order = vec![self.cotangent];
        let mut n = 0;
        while n < order.len() {
            order.extend(&self.children[order[n]]);
            n += 1;
        }
        order
    }
}

/// A thing that a step can read.
type Message = (Source, Term);

/// What is sent along the edges of a tree.
struct Messages<'a> {
    spec: &'a Spec,
    tree: &'a Tree,
    /// Per node and index: how many of the leaves below have it; of the root, how many of all.
    owners: Vec<Vec<usize>>,
    /// What a node sends to its parent, and what that sends to it, once it is made.
    up: Vec<Option<Message>>,
    down: Vec<Option<Message>>,
    steps: Vec<Step>,
    gradients: Vec<Option<Wanted>>,
}

impl<'a> Messages<'a> {
    fn new(spec: &'a Spec, tree: &'a Tree) -> Messages<'a> {
        let nodes = tree.parents.len();
        let mut owners = vec![vec![0; spec.indices.len()]; nodes];
        for &node in tree.root_first().iter().rev() {
            let term = spec.operands.get(node).or((node == tree.cotangent).then_some(&spec.output));
            for id in distinct(term.into_iter().flatten().copied()) {
                owners[node][usize::from(id.0)] += 1;
            }
            if let Some(parent) = tree.parents[node] {
                let below = owners[node].clone();
                owners[parent].iter_mut().zip(below).for_each(|(sum, below)| *sum += below);
            }
        }
        let (up, down) = (vec![None; nodes], vec![None; nodes]);
        Messages { spec, tree, owners, up, down, steps: Vec::new(), gradients: Vec::new() }
    }

    fn send(mut self, wanted: &[Wanted], extents: &[u64]) -> Backward {
        let order = self.tree.root_first();
        let mut has_wanted = vec![false; order.len()];
        for &node in order.iter().rev() {
            let is_wanted =
                |one: &Wanted| *one != Wanted::Scale && leaf_of(*one, self.tree.cotangent) == node;
            if wanted.iter().any(is_wanted) {
                has_wanted[node] = true;
            }
            if let (true, Some(parent)) = (has_wanted[node], self.tree.parents[node]) {
                has_wanted[parent] = true;
            }
        }
        // One subtree is finished before another is begun, so that what has been sent to it is not needed for long.
        let mut open = vec![self.tree.cotangent];
        while let Some(node) = open.pop() {
            if node < self.tree.cotangent {
                self.send_gradient(node);
            }
            open.extend(self.tree.children[node].iter().rev().filter(|&&child| has_wanted[child]));
        }
        if wanted.contains(&Wanted::Scale) {
            self.send_to_scale(extents);
        }
        Backward { plan: Plan { steps: self.steps }, gradients: self.gradients }
    }

    fn send_gradient(&mut self, leaf: usize) {
        let term = distinct(self.spec.operands[leaf].iter().copied());
        let sent: Term = term.iter().copied().filter(|&id| self.crosses(leaf, id)).collect();
        let mut factors = self.factors_of_down(leaf);
        // An index that the operand alone has: what is sent is repeated along it.
        if sent != term && factors.len() > 1 {
            factors = vec![self.push(factors, sent, None)];
        }
        let id = OperandId(u16::try_from(leaf).expect("operands are numbered in 16 bits"));
        self.push(factors, term, Some(Wanted::Operand(id)));
    }

    // The sum of what either end of an edge sends to the other, multiplied.
    fn send_to_scale(&mut self, extents: &[u64]) {
        let is_made = |&node: &usize| {
            self.down[node].is_some() && (self.up[node].is_some() || self.tree.children[node].is_empty())
        };
        let size = |node: usize| {
            let crossing = self.spec.ids().filter(|&id| self.crosses(node, id));
            crate::cost::size(crossing, extents)
        };
        let made = (0..self.down.len()).filter(is_made).min_by_key(|&node| size(node));
        let node = made.unwrap_or(self.tree.children[self.tree.cotangent][0]);
        let factors = vec![self.up(node), self.down(node)];
        self.push(factors, Term::new(), Some(Wanted::Scale));
    }

    // Whether both sides of the edge above a node have this index.
    fn crosses(&self, node: usize, id: IndexId) -> bool {
        let (below, all) =
            (self.owners[node][usize::from(id.0)], self.owners[self.tree.cotangent][usize::from(id.0)]);
        0 < below && below < all
    }

    fn up(&mut self, node: usize) -> Message {
        if let Some(made) = &self.up[node] {
            return made.clone();
        }
        let message = if node < self.tree.cotangent {
            let term = &self.spec.operands[node];
            self.leaf(node, term)
        } else {
            let children = &self.tree.children[node];
            let factors: Vec<Message> = children.iter().map(|&child| self.up(child)).collect();
            let output = self.crossing(node, &factors);
            self.push(factors, output, None)
        };
        self.up[node] = Some(message.clone());
        message
    }

    fn down(&mut self, node: usize) -> Message {
        if let Some(made) = &self.down[node] {
            return made.clone();
        }
        let factors = self.factors_of_down(node);
        let message = match &factors[..] {
            [only] => only.clone(),
            _ => {
                let output = self.crossing(node, &factors);
                self.push(factors, output, None)
            }
        };
        self.down[node] = Some(message.clone());
        message
    }

    fn factors_of_down(&mut self, node: usize) -> Vec<Message> {
        let parent = self.tree.parents[node].expect("nothing is sent to the cotangent");
        if parent == self.tree.cotangent {
            let term = &self.spec.output;
            return vec![self.leaf(parent, term)];
        }
        let mut factors = vec![self.down(parent)];
        for &sibling in self.tree.children[parent].iter().filter(|&&sibling| sibling != node) {
            factors.push(self.up(sibling));
        }
        factors
    }

    // A leaf, summed over what it alone has.
    fn leaf(&mut self, leaf: usize, term: &Term) -> Message {
        let message = (source_of(leaf), term.clone());
        let all = &self.owners[self.tree.cotangent];
        let shared = distinct(term.iter().copied().filter(|id| all[usize::from(id.0)] > 1));
        let is_whole = term.iter().all(|id| shared.contains(id));
        if is_whole { message } else { self.push(vec![message], shared, None) }
    }

    fn crossing(&self, node: usize, factors: &[Message]) -> Term {
        distinct(factors.iter().flat_map(|(_, term)| term).copied().filter(|&id| self.crosses(node, id)))
    }

    fn push(&mut self, factors: Vec<Message>, output: Term, gradient: Option<Wanted>) -> Message {
        self.steps.push(Step::new(factors, output.clone()));
        self.gradients.push(gradient);
        (Source::Intermediate(self.steps.len() - 1), output)
    }
}

// See [`Backward::apart`].
fn apart(spec: &Spec, extents: &[u64], wanted: &[Wanted], options: &Options) -> Backward {
    let mut backward = Backward { plan: Plan { steps: Vec::new() }, gradients: Vec::new() };
    let cotangent = spec.operands.len();
    for &one in wanted {
        let mut terms = spec.operands.clone();
        let (place, whole) = match one {
            Wanted::Scale => {
                terms.push(spec.output.clone());
                (cotangent, Term::new())
            }
            Wanted::Operand(id) => {
                let place = usize::from(id.0);
                (place, distinct(core::mem::replace(&mut terms[place], spec.output.clone())))
            }
        };
        // An index that the operand alone has: the contraction is repeated along it, where it is one of several factors in a step of its own.
        let is_sent = |id: &IndexId| terms.len() == 1 || terms.iter().any(|term| term.contains(id));
        let sent = whole.iter().copied().filter(is_sent).collect();
        let network = Spec::plain(spec.indices.clone(), terms, sent);
        let at_once = extents.contains(&0);
        let path = match at_once {
            true => Path { steps: vec![(0..network.operands.len()).collect()] },
            false => Path::choose(&network, extents, options),
        };
        let before = backward.plan.steps.len();
        for mut step in Plan::lower(&network, &path).steps {
            for input in &mut step.inputs {
                input.source = match input.source {
                    Source::Operand(id) if usize::from(id.0) == place => source_of(cotangent),
                    Source::Intermediate(n) => Source::Intermediate(before + n),
                    other => other,
                };
            }
            backward.plan.steps.push(step);
            backward.gradients.push(None);
        }
        if network.output != whole {
            let last = Source::Intermediate(backward.plan.steps.len() - 1);
            backward.plan.steps.push(Step::new(vec![(last, network.output)], whole));
            backward.gradients.push(None);
        }
        if let Some(gradient) = backward.gradients.last_mut() {
            *gradient = Some(one);
        }
    }
    backward
}

// Each index once.
fn distinct(ids: impl IntoIterator<Item = IndexId>) -> Term {
    let mut term = Term::new();
    for id in ids {
        if !term.contains(&id) {
            term.push(id);
        }
    }
    term
}
