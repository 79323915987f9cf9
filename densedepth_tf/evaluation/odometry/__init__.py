"""How well a predicted path agrees with the driven one."""
