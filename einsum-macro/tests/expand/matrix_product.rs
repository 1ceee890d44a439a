fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (
            __ndeinsum_bind::Labels::<2>::operand(&element, &a),
            __ndeinsum_bind::Labels::<2>::operand(&element, &b),
        ) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                unused_labels,
                clippy::assign_op_pattern,
                clippy::suboptimal_flops
            )]
            (operand0, operand1) => {
                use ndeinsum::__private as rt;
                match {
                    const CALL: rt::Call = rt::Call::new(
                        "ij,jk->ik",
                        &['i', 'k', 'j'],
                        &[rt::Term::new(&[0, 2]), rt::Term::new(&[2, 1])],
                        rt::Term::new(&[0, 1]),
                    );
                    (move || {
                        let (extent_i, extent_k, extent_j) = match (
                            rt::extents(&operand0),
                            rt::extents(&operand1),
                        ) {
                            (
                                ::core::option::Option::Some([axis0_0, axis0_1]),
                                ::core::option::Option::Some([axis1_0, axis1_1]),
                            ) if rt::agree([axis0_1, axis1_0]) => {
                                (axis0_0, axis1_1, rt::agreed([axis0_1, axis1_0]))
                            }
                            _ => {
                                return ::core::result::Result::Err(
                                    rt::Call::disagreement(
                                        &CALL,
                                        &[
                                            rt::slice(&rt::dim(&operand0)),
                                            rt::slice(&rt::dim(&operand1)),
                                        ],
                                        ::core::option::Option::None,
                                    ),
                                );
                            }
                        };
                        let output = {
                            let operand0 = rt::cursor(
                                &operand0,
                                (rt::axes(extent_i, [0]), (rt::axes(extent_j, [1]), ())),
                            );
                            let operand1 = rt::cursor(
                                &operand1,
                                (rt::axes(extent_k, [1]), (rt::axes(extent_j, [0]), ())),
                            );
                            let (mut output, done) = match rt::fresh(
                                &CALL,
                                (
                                    rt::ndarray::Dim([extent_i, extent_k]),
                                    (rt::axes(extent_i, [0]), (rt::axes(extent_k, [1]), ())),
                                ),
                                rt::Loops {
                                    size: rt::size(&[extent_i, extent_k, extent_j]),
                                    parts: &[
                                        rt::Part::FreeLeft,
                                        rt::Part::FreeRight,
                                        rt::Part::Contracted,
                                    ],
                                },
                                ::core::option::Option::None,
                                &operand0,
                                ::core::option::Option::Some(&operand1),
                            ) {
                                ::core::result::Result::Ok(value) => value,
                                ::core::result::Result::Err(error) => {
                                    return ::core::result::Result::Err(error);
                                }
                            };
                            if !done {
                                let mut output = rt::view_mut(&mut output);
                                let output = rt::cursor_mut(
                                    &mut output,
                                    (rt::axes(extent_i, [0]), (rt::axes(extent_k, [1]), ())),
                                );
                                'i: for (output, operand0) in rt::along(
                                    extent_i,
                                    (output, operand0),
                                ) {
                                    'k: for (output, operand1) in rt::along(
                                        extent_k,
                                        (output, operand1),
                                    ) {
                                        output
                                            .set({
                                                let mut sum = rt::zero(&operand0);
                                                'j: for (operand0, operand1) in rt::along(
                                                    extent_j,
                                                    (operand0, operand1),
                                                ) {
                                                    sum = sum + operand0.get() * operand1.get();
                                                }
                                                sum
                                            });
                                    }
                                }
                            }
                            output
                        };
                        ::core::result::Result::Ok(output)
                    })()
                } {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(error) => rt::fail(error),
                }
            }
        }
    }
}
