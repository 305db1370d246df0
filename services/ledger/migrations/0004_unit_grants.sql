-- Who may handle a unit's cases by a grant: asked when a case is dispatched to it.
CREATE INDEX grants_unit ON grants (unit, until) WHERE unit IS NOT NULL;
