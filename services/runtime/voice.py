"""How fast a voice speaks, for whoever has to reckon with it before anybody reports what was heard."""

CHARACTERS_PER_S = 14.0
