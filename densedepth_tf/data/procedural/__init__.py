"""Procedural rooms: textures, furniture, layout, cameras and the ray caster that draws them."""
