fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (
            __ndeinsum_bind::output::<2, _, _>(&element, self.c.__ndeinsum_output()),
            __ndeinsum_bind::scale(&element, 0.5),
            __ndeinsum_bind::operand::<4, _, _, _>(&element, &w),
            __ndeinsum_bind::operand::<2, _, _, _>(&element, &(&k)),
        ) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                clippy::assign_op_pattern
            )]
            (mut output, scale, operand0, operand1) => {
                use ndeinsum::__private as rt;
                match {
                    const CALL: rt::Call = rt::Call::new(
                        "xyij,ij->xy",
                        &['x', 'y', 'i', 'j'],
                        &[rt::Term::new(&[0, 1, 2, 3]), rt::Term::new(&[2, 3])],
                        rt::Term::new(&[0, 1]),
                    );
                    'einsum: {
                        let ([x, y, i, j], rest) = match CALL
                            .agree_with_output(
                                &[operand0.shape(), operand1.shape()],
                                output.shape(),
                                rt::Rest::NONE,
                            )
                        {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => {
                                break 'einsum ::core::result::Result::Err(error);
                            }
                        };
                        {
                            let mut output = output;
                            let mut output = rt::cursor_mut(
                                &mut output,
                                (rt::axes(x, [0]), (rt::axes(y, [1]), ())),
                            );
                            let operand0 = rt::cursor(
                                &operand0,
                                (
                                    rt::axes(x, [0]),
                                    (
                                        rt::axes(y, [1]),
                                        (rt::axes(i, [2]), (rt::axes(j, [3]), ())),
                                    ),
                                ),
                            );
                            let operand1 = rt::cursor(
                                &operand1,
                                (rt::axes(i, [0]), (rt::axes(j, [1]), ())),
                            );
                            for (output, operand0) in rt::along(x, (output, operand0)) {
                                for (mut output, operand0) in rt::along(
                                    y,
                                    (output, operand0),
                                ) {
                                    output
                                        .set(
                                            output.get()
                                                + ::core::clone::Clone::clone(&scale)
                                                    * {
                                                        let mut sum = operand0.zero();
                                                        for (operand0, operand1) in rt::along(
                                                            i,
                                                            (operand0, operand1),
                                                        ) {
                                                            for (operand0, operand1) in rt::along(
                                                                j,
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
                        ::core::result::Result::Ok(())
                    }
                } {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(error) => rt::fail(error),
                }
            }
        }
    }
}
