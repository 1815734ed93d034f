"""A light class-conditional generator, distilled from any teacher that gives images
for noise and classes: images to calibrate with.
"""
