"""The demonstration region: a named cast on real geography, built only through services.

The same cast is the demonstration, the screenshots, the tour and the tests. Every person, firm, lot and amount is invented and
says so in its name (示例…); only places, products and brands are real.
"""
