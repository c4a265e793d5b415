"""Quality (质量): commitment certificates, quick tests, and what they stop.

Nouns: commitment (农产品质量安全承诺达标合格证), commitment template (dated, as data), basis (承诺依据), quick test (快速检测),
exit pass (准出单), gate entry (进场查验), vendor (供货者档案),
sample (样品), report (检验报告) with its lines, limit (限量, dated, as data), instrument profile (仪器格式, as data),
recall (召回), drill (模拟召回演练), recall notice with its lines and answers, access (调取记录 of another authority).
Verbs: `issue_commitment`, `reissue_commitment`, `revoke_commitment`, `record_test`, `permit_exit`, `decide_entry`,
`take_sample`, `send_sample`, `receive_sample`, `file_report`, `correct_report`, `import_results`,
`hold_marked`, `open_recall`, `start_recall`, `answer_recall`, `answer_all_stopped`, `extend_recalls`, `close_recall`, `release_recall`,
`plan_drills`, `run_drill`, `share_batch`, `bring_record`.
Invariants: a commitment is printed from the template in force on its day; it never covers more than its lot weighed; a lot
that was mixed or repacked needs its own, which names those it rests on; a failed test puts the lot on hold; a recall freezes before it tells, a
drill freezes nothing; no trace is shared without a logged purpose and case.
Journals written: `RecallAnswer`, `ExchangeAccess`; trace, for records that other platforms send (holds go through `production`).
"""
