//! Threads: a large step is cut in two along a loop of its output, again and again, and the pieces run in the caller's rayon pool.
//!
//! No sum is ever cut here, and every kernel rounds an element of the output alike wherever it lies, so the result does not
//! depend on the number of threads.

use super::{choose::Task, conjugate};

/// Runs a step, on several threads if it is large.
///
/// # Safety
/// As [`super::choose::run`].
pub(crate) unsafe fn run(task: Task<'_>) -> bool {
    if task.conjugates.in_buffers() {
        // Their blocks are those of the whole step, and each is cut.
        // SAFETY: the caller's promise.
        return unsafe { conjugate::run(&task) };
    }
    #[cfg(all(feature = "rayon", any(test, fuzzing)))]
    if let Some(pieces) = pieces::FORCED.get() {
        // SAFETY: the caller's promise.
        return unsafe { pieces::run(task, pieces) };
    }
    #[cfg(feature = "rayon")]
    if task.nanoseconds() >= pieces::WORTH_THREADS {
        // SAFETY: the caller's promise.
        return unsafe { pieces::run(task, rayon_core::current_num_threads()) };
    }
    // SAFETY: the caller's promise.
    unsafe { task.run() }
}

/// Runs two parts of a step that write different elements, side by side if the step is large.
///
/// # Safety
/// - As [`super::choose::run`], for each of `parts`, which `run` runs.
pub(crate) unsafe fn run_both<'t>(
    task: &Task<'_>,
    [one, other]: [Task<'t>; 2],
    run: unsafe fn(&Task<'t>) -> bool,
) -> bool {
    #[cfg(feature = "rayon")]
    if pieces::are_worth_it(task) {
        // SAFETY: the caller's promise; likewise below.
        return pieces::join(move || unsafe { run(&one) }, move || unsafe { run(&other) });
    }
    #[cfg(not(feature = "rayon"))]
    let _ = task;
    // SAFETY: the caller's promise; likewise below.
    let done = unsafe { run(&one) };
    // SAFETY: as above.
    let both = done && unsafe { run(&other) };
    assert!(done == both, "a kernel is for both parts of a step or for none");
    done
}

/// Makes [`run`] cut steps that this thread begins into so many pieces, however small they are, until it is told otherwise.
#[cfg(all(feature = "rayon", any(test, fuzzing)))]
pub(super) fn force(pieces: Option<usize>) {
    pieces::FORCED.set(pieces);
}

#[cfg(feature = "rayon")]
mod pieces {
    use super::Task;
    use crate::kernel::{
        choose::Class,
        dims::{Dim, Group, Step},
    };

    /// Below this a step stays on one thread: waking another takes some ten microseconds.
    pub(super) const WORTH_THREADS: usize = 100_000;

    /// A piece begins at a multiple of this many positions of a loop: whole tiles, and whole cache lines.
    const GRAIN: usize = 48;

    #[cfg(any(test, fuzzing))]
    std::thread_local! {
        pub(super) static FORCED: core::cell::Cell<Option<usize>> = const { core::cell::Cell::new(None) };
    }

    // SAFETY: the pieces of a step write different elements of the output, and none reads them.
    unsafe impl Send for Task<'_> {}

    /// # Safety
    /// As [`super::run`].
    pub(super) unsafe fn run(task: Task<'_>, pieces: usize) -> bool {
        match task.cut(pieces) {
            Some(cut) => {
                let mut steps = [*task.step; 2];
                let [one, other] = task.halves(cut, &mut steps);
                join(
                    // SAFETY: the halves are parts of the step, and write different elements.
                    move || unsafe { run(one, pieces.div_ceil(2)) },
                    // SAFETY: as above.
                    move || unsafe { run(other, pieces / 2) },
                )
            }
            // SAFETY: the caller's promise.
            None => unsafe { task.run() },
        }
    }

    /// Whether a step has to be cut, or is so large that there is something to gain.
    pub(super) fn are_worth_it(task: &Task<'_>) -> bool {
        #[cfg(any(test, fuzzing))]
        if FORCED.get().is_some() {
            return true;
        }
        task.nanoseconds() >= WORTH_THREADS && rayon_core::current_num_threads() > 1
    }

    pub(super) fn join(one: impl FnOnce() -> bool + Send, other: impl FnOnce() -> bool + Send) -> bool {
        let (one, other) = rayon_core::join(one, other);
        assert!(one == other, "a kernel is for both parts of a step or for none");
        one
    }

    impl Task<'_> {
        /// About how long it takes on one thread: the multiply-adds of a matrix product, and what the others read.
        pub(super) fn nanoseconds(&self) -> usize {
            let Step { batch, rows, columns, contracted, .. } = &self.step;
            let all = [batch, rows, columns, contracted];
            let size = all.iter().fold(1, |size: usize, group| size.saturating_mul(group.size()));
            let per_nanosecond = match self.class {
                Class::Product(_) => 128,
                Class::Elementwise | Class::Reduce => 32,
            };
            size.saturating_mul(self.kernels.size) / per_nanosecond
        }

        /// Where to cut the step for so many pieces: across a loop of the batch that they divide, or else the longest output loop that can be cut.
        fn cut(&self, pieces: usize) -> Option<Cut> {
            if pieces < 2 {
                return None;
            }
            let longest = |group: usize| {
                // The outermost of several.
                let dims = Step::outputs(self.step)[group].dims().iter().enumerate().rev();
                let cuts = dims.filter_map(move |(position, dim)| {
                    Some((dim.extent, Cut { group, position, at: self.middle(dim, pieces)? }))
                });
                cuts.max_by_key(|(extent, _)| *extent)
            };
            // A batch that can be shared out evenly costs no tile and no packing.
            let even = longest(0).filter(|(extent, _)| extent.is_multiple_of(pieces));
            let (_, cut) = even.or_else(|| (0..3).filter_map(longest).max_by_key(|(extent, _)| *extent))?;
            Some(cut)
        }

        /// Where a loop is cut, if it can be: which kernel runs must not depend on it. So a loop of unit stride keeps two vectors and more on each
        /// side, and where there are sums without columns any loop stays one.
        fn middle(&self, dim: &Dim, pieces: usize) -> Option<usize> {
            let middle = dim.extent * pieces.div_ceil(2) / pieces;
            let at = if dim.extent >= 4 * GRAIN { middle.next_multiple_of(GRAIN) } else { middle };
            let is_long = dim.output != 1 || dim.extent >= 4 * GRAIN;
            let least = if self.class == Class::Reduce { 2 } else { 1 };
            (is_long && least <= at && at + least <= dim.extent).then_some(at)
        }

        /// The parts on either side of a cut.
        fn halves<'t>(&self, cut: Cut, steps: &'t mut [Step; 2]) -> [Task<'t>; 2] {
            let dim = self.step.outputs()[cut.group].dims()[cut.position];
            let [one, other] = steps;
            one.outputs_mut()[cut.group].shorten(cut.position, cut.at);
            other.outputs_mut()[cut.group].shorten(cut.position, dim.extent - cut.at);
            let pointers = self.pointers.moved(&dim, cut.at * self.kernels.size);
            [Task { step: one, ..*self }, Task { step: other, pointers, ..*self }]
        }
    }

    /// A place in a loop of a step.
    #[derive(Clone, Copy)]
    struct Cut {
        group: usize,
        position: usize,
        at: usize,
    }

    impl Step {
        fn outputs(&self) -> [&Group; 3] {
            [&self.batch, &self.rows, &self.columns]
        }

        fn outputs_mut(&mut self) -> [&mut Group; 3] {
            [&mut self.batch, &mut self.rows, &mut self.columns]
        }
    }
}
