"""Certificates as verifiable credentials (可验证凭证): who signs, what is signed, what no longer stands, what a stranger shows us.

`proofs` signs and verifies bytes (Data Integrity `eddsa-jcs-2022`, and JOSE), `keys` keeps the secret seeds, `dids` says under
which names and keys issuers sign, `documents` turns a certificate into a credential, `status` says which no longer stand,
`verifying` judges what somebody hands in. Nothing here writes a table: a credential follows from its row and its key.
"""
