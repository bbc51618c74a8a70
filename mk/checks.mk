# Checks: see docs/CONTRIBUTING
