"""Quality (质量): commitment certificates, quick tests, and what they stop.

Nouns: commitment (农产品质量安全承诺达标合格证), commitment template (dated, as data), basis (承诺依据), quick test (快速检测),
exit pass (准出单), gate entry (进场查验), vendor (供货者档案),
sample (样品), report (检验报告) with its lines, limit (限量, dated, as data), instrument profile (仪器格式, as data).
Verbs: `issue_commitment`, `reissue_commitment`, `revoke_commitment`, `record_test`, `permit_exit`, `decide_entry`,
`take_sample`, `send_sample`, `receive_sample`, `file_report`, `correct_report`, `import_results`.
Invariants: a commitment is printed from the template in force on its day; it never covers more than its lot weighed; a lot
that was mixed or repacked needs its own, which names those it rests on; a failed test puts the lot on hold.
Journals written: none of its own (holds go through `production`).
"""
