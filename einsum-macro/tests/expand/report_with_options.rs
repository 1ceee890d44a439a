fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (
            __ndeinsum_bind::Labels::<2>::operand_with_ellipsis(&element, &a),
            __ndeinsum_bind::Labels::<2>::operand(&element, &b),
            __ndeinsum_bind::Labels::<2>::operand(&element, &c),
            __ndeinsum_bind::MemoryLimit {
                elements: 1 << 20,
            }
                .elements,
        ) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                unused_labels,
                clippy::assign_op_pattern,
                clippy::suboptimal_flops
            )]
            ((operand0, operand0_rest), operand1, operand2, limit) => {
                use ndeinsum::__private as rt;
                match {
                    const CALL: rt::Call = rt::Call::new(
                        "...ij,jk,kl->...il",
                        &['i', 'l', 'j', 'k'],
                        &[
                            rt::Term::with_ellipsis(&[], &[0, 2]),
                            rt::Term::new(&[2, 3]),
                            rt::Term::new(&[3, 1]),
                        ],
                        rt::Term::with_ellipsis(&[], &[0, 1]),
                    );
                    rt::explain(
                        &element,
                        &CALL,
                        &[
                            rt::shape(&operand0),
                            rt::shape(&operand1),
                            rt::shape(&operand2),
                        ],
                        rt::Order::Chosen {
                            memory_limit: ::core::option::Option::Some(limit),
                        },
                    )
                } {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(error) => rt::fail(error),
                }
            }
        }
    }
}
