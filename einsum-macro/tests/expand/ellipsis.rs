fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (
            __ndeinsum_bind::Labels::<1>::operand_with_ellipsis(&element, &a),
            __ndeinsum_bind::Labels::<1>::operand_with_ellipsis(&element, &b),
        ) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                unused_labels,
                clippy::assign_op_pattern,
                clippy::suboptimal_flops
            )]
            ((operand0, operand0_rest), (operand1, operand1_rest)) => {
                use ndeinsum::__private as rt;
                match {
                    const CALL: rt::Call = rt::Call::new(
                        "i...,...j->...ij",
                        &['i', 'j'],
                        &[
                            rt::Term::with_ellipsis(&[0], &[]),
                            rt::Term::with_ellipsis(&[], &[1]),
                        ],
                        rt::Term::with_ellipsis(&[], &[0, 1]),
                    );
                    (move || {
                        let ([extent_i, extent_j], rest) = match rt::Call::agree(
                            &CALL,
                            &[rt::shape(&operand0), rt::shape(&operand1)],
                            operand0_rest.or(operand1_rest),
                        ) {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => {
                                return ::core::result::Result::Err(error);
                            }
                        };
                        let output = {
                            let operand0 = rt::cursor(
                                &operand0,
                                (rt::rest_axes(&rest, 1, 0), (rt::axes(extent_i, [0]), ())),
                            );
                            let operand1 = rt::cursor(
                                &operand1,
                                (rt::rest_axes(&rest, 0, 1), (rt::axes(extent_j, [-1]), ())),
                            );
                            let (mut output, done) = match rt::fresh(
                                &CALL,
                                (
                                    rt::shape_with_rest::<
                                        rt::ndarray::Dim<[usize; 2]>,
                                        _,
                                    >(&[], &rest, &[extent_i, extent_j]),
                                    (
                                        rt::rest_axes(&rest, 0, 2),
                                        (rt::axes(extent_i, [-2]), (rt::axes(extent_j, [-1]), ())),
                                    ),
                                ),
                                rt::Loops {
                                    size: rt::size(&[rt::rest_size(&rest), extent_i, extent_j]),
                                    parts: &[
                                        rt::Part::Batch,
                                        rt::Part::FreeLeft,
                                        rt::Part::FreeRight,
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
                                    (
                                        rt::rest_axes(&rest, 0, 2),
                                        (rt::axes(extent_i, [-2]), (rt::axes(extent_j, [-1]), ())),
                                    ),
                                );
                                'rest: for (output, operand0, operand1) in rt::along_rest(
                                    &rest,
                                    (output, operand0, operand1),
                                ) {
                                    'i: for (output, operand0) in rt::along(
                                        extent_i,
                                        (output, operand0),
                                    ) {
                                        'j: for (output, operand1) in rt::along(
                                            extent_j,
                                            (output, operand1),
                                        ) {
                                            output.set(operand0.get() * operand1.get());
                                        }
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
