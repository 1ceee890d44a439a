fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match __ndeinsum_bind::Labels::<
            2,
        >::output(&element, self.c.__ndeinsum_output()) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                unused_labels,
                clippy::assign_op_pattern,
                clippy::suboptimal_flops
            )]
            mut output => {
                match (0.5,) {
                    (__ndeinsum_bound,) => {
                        match (
                            __ndeinsum_bind::Labels::<4>::operand(&element, &w),
                            __ndeinsum_bind::Labels::<2>::operand(&element, &(&k)),
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
                                let scale = __ndeinsum_bind::Scale {
                                    element: &element,
                                    scale: __ndeinsum_bound,
                                }
                                    .scale;
                                match {
                                    const CALL: rt::Call = rt::Call::new(
                                        "xyij,ij->xy",
                                        &['x', 'y', 'i', 'j'],
                                        &[rt::Term::new(&[0, 1, 2, 3]), rt::Term::new(&[2, 3])],
                                        rt::Term::new(&[0, 1]),
                                    );
                                    (move || {
                                        let (extent_x, extent_y, extent_i, extent_j) = match (
                                            rt::extents(&operand0),
                                            rt::extents(&operand1),
                                            rt::extents(&output),
                                        ) {
                                            (
                                                ::core::option::Option::Some(
                                                    [axis0_0,
                                                    axis0_1,
                                                    axis0_2,
                                                    axis0_3,
                                                    ],
                                                ),
                                                ::core::option::Option::Some([axis1_0, axis1_1]),
                                                ::core::option::Option::Some([axis2_0, axis2_1]),
                                            ) if rt::fits([axis0_0], axis2_0)
                                                && rt::fits([axis0_1], axis2_1)
                                                && rt::agree([axis0_2, axis1_0])
                                                && rt::agree([axis0_3, axis1_1]) => {
                                                (
                                                    axis2_0,
                                                    axis2_1,
                                                    rt::agreed([axis0_2, axis1_0]),
                                                    rt::agreed([axis0_3, axis1_1]),
                                                )
                                            }
                                            _ => {
                                                return ::core::result::Result::Err(
                                                    rt::Call::disagreement(
                                                        &CALL,
                                                        &[
                                                            rt::slice(&rt::dim(&operand0)),
                                                            rt::slice(&rt::dim(&operand1)),
                                                        ],
                                                        ::core::option::Option::Some(rt::slice(&rt::dim(&output))),
                                                    ),
                                                );
                                            }
                                        };
                                        {
                                            let mut output = output;
                                            let output = rt::cursor_mut(
                                                &mut output,
                                                (rt::axes(extent_x, [0]), (rt::axes(extent_y, [1]), ())),
                                            );
                                            let operand0 = rt::cursor(
                                                &operand0,
                                                (
                                                    rt::axes(extent_x, [0]),
                                                    (
                                                        rt::axes(extent_y, [1]),
                                                        (rt::axes(extent_i, [2]), (rt::axes(extent_j, [3]), ())),
                                                    ),
                                                ),
                                            );
                                            let operand1 = rt::cursor(
                                                &operand1,
                                                (rt::axes(extent_i, [0]), (rt::axes(extent_j, [1]), ())),
                                            );
                                            if !rt::contract(
                                                rt::Loops {
                                                    size: rt::size(&[extent_x, extent_y, extent_i, extent_j]),
                                                    parts: &[
                                                        rt::Part::FreeLeft,
                                                        rt::Part::FreeLeft,
                                                        rt::Part::Contracted,
                                                        rt::Part::Contracted,
                                                    ],
                                                },
                                                rt::Assignment::Add,
                                                ::core::option::Option::Some(&scale),
                                                &output,
                                                &operand0,
                                                ::core::option::Option::Some(&operand1),
                                            ) {
                                                'x: for (output, operand0) in rt::along(
                                                    extent_x,
                                                    (output, operand0),
                                                ) {
                                                    'y: for (output, operand0) in rt::along(
                                                        extent_y,
                                                        (output, operand0),
                                                    ) {
                                                        output
                                                            .add(
                                                                ::core::clone::Clone::clone(&scale)
                                                                    * {
                                                                        let mut sum = rt::zero(&operand0);
                                                                        'i: for (operand0, operand1) in rt::along(
                                                                            extent_i,
                                                                            (operand0, operand1),
                                                                        ) {
                                                                            'j: for (operand0, operand1) in rt::along(
                                                                                extent_j,
                                                                                (operand0, operand1),
                                                                            ) {
                                                                                sum = sum + operand0.get() * operand1.get();
                                                                            }
                                                                        }
                                                                        sum
                                                                    },
                                                            );
                                                    }
                                                }
                                            }
                                        }
                                        ::core::result::Result::Ok(())
                                    })()
                                } {
                                    ::core::result::Result::Ok(value) => value,
                                    ::core::result::Result::Err(error) => rt::fail(error),
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
