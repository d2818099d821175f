"""What the judge makes of evidence: coefficients, noise and targets found in recordings."""
