/*
 * dl_jump.S - the exported dlopen() and dlsym()
 *
 * Jumps, not calls: the real ones read their return address to find out whose
 * RUNPATH counts, and after whom RTLD_NEXT is. lcc_dlopen_decide(file, mode)
 * answers the function to jump to and the mode to give it, in two registers;
 * lcc_dlsym_decide(library, name) the function to jump to, or NULL and what
 * dlsym() shall answer.
 */
#if defined(__x86_64__)

	.text
	.globl	dlopen
	.type	dlopen, @function
	.p2align 4
dlopen:
	.cfi_startproc
	endbr64
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	call	lcc_dlopen_decide
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	movl	%edx, %esi
	jmp	*%rax
	.cfi_endproc
	.size	dlopen, .-dlopen

	.globl	dlsym
	.type	dlsym, @function
	.p2align 4
dlsym:
	.cfi_startproc
	endbr64
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	pushq	%rsi
	.cfi_adjust_cfa_offset 8
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	call	lcc_dlsym_decide
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	popq	%rsi
	.cfi_adjust_cfa_offset -8
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	testq	%rax, %rax
	jz	1f
	jmp	*%rax
1:	movq	%rdx, %rax
	ret
	.cfi_endproc
	.size	dlsym, .-dlsym

#elif defined(__aarch64__)

	.text
	.globl	dlopen
	.type	dlopen, %function
	.p2align 2
dlopen:
	.cfi_startproc
	hint	#34 /* bti c */
	stp	x29, x30, [sp, #-32]!
	.cfi_def_cfa_offset 32
	.cfi_offset 29, -32
	.cfi_offset 30, -24
	str	x0, [sp, #16]
	bl	lcc_dlopen_decide
	mov	x16, x0
	ldr	x0, [sp, #16]
	ldp	x29, x30, [sp], #32
	.cfi_restore 29
	.cfi_restore 30
	.cfi_def_cfa_offset 0
	br	x16 /* x1 holds the mode; from x16 it meets a bti c */
	.cfi_endproc
	.size	dlopen, .-dlopen

	.globl	dlsym
	.type	dlsym, %function
	.p2align 2
dlsym:
	.cfi_startproc
	hint	#34 /* bti c */
	stp	x29, x30, [sp, #-32]!
	.cfi_def_cfa_offset 32
	.cfi_offset 29, -32
	.cfi_offset 30, -24
	stp	x0, x1, [sp, #16]
	bl	lcc_dlsym_decide
	mov	x16, x0
	mov	x17, x1
	ldp	x0, x1, [sp, #16]
	ldp	x29, x30, [sp], #32
	.cfi_restore 29
	.cfi_restore 30
	.cfi_def_cfa_offset 0
	cbz	x16, 1f
	br	x16
1:	mov	x0, x17
	ret
	.cfi_endproc
	.size	dlsym, .-dlsym

#else
#error "dlopen() and dlsym() need a tail jump for this machine; see shim/NOTES.md"
#endif

	.section .note.GNU-stack, "", %progbits
#if defined(__x86_64__)
	/* Without this note the linker takes IBT off the whole object. */
	.section .note.gnu.property, "a"
	.p2align 3
	.long	4, 16, 5
	.asciz	"GNU"
	.long	0xc0000002, 4, 3, 0
#endif
