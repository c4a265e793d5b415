"""The face: design tokens, components, base templates, printing. Knows no domain.

Nouns: component (one folder below `templates/cotton/`), face (public, workbench, console, screen, print), sheet, label.
Invariants: no page needs JavaScript; every component has examples in the gallery; prints fail loudly without a Chinese font.
Journals written: none.
"""
