"""Side-by-side measurements 测量: our way of doing a thing beside another's, in one run on one machine, printed as ratios.

Absolute times of a shared machine mean little; a ratio measured minutes apart means a lot. Nothing here is imported by the product.
"""
