fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (
            __ndeinsum_bind::Labels::<2>::operand(&element, &a),
            __ndeinsum_bind::Labels::<2>::operand_with_ellipsis(&element, &b),
            __ndeinsum_bind::Labels::<1>::operand(&element, &c),
        ) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                unused_labels,
                clippy::assign_op_pattern,
                clippy::suboptimal_flops
            )]
            (operand0, (operand1, operand1_rest), operand2) => {
                use ndeinsum::__private as rt;
                match {
                    const CALL: rt::Call = rt::Call::new(
                        "ij,...jk,k->i",
                        &['i', 'j', 'k'],
                        &[
                            rt::Term::new(&[0, 1]),
                            rt::Term::with_ellipsis(&[], &[1, 2]),
                            rt::Term::new(&[2]),
                        ],
                        rt::Term::new(&[0]),
                    );
                    rt::explain_gradients(
                        &element,
                        &CALL,
                        &[
                            rt::shape(&operand0),
                            rt::shape(&operand1),
                            rt::shape(&operand2),
                        ],
                        ::core::option::Option::None,
                        (&[rt::many::Wanted::Operand(rt::many::OperandId(1))], true),
                    )
                } {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(error) => rt::fail(error),
                }
            }
        }
    }
}
