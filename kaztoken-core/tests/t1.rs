//! T=1 by exact frames, against hostile cards, and against a model card on a bad line.

#[path = "t1/card.rs"]
mod card;
#[path = "t1/hostile.rs"]
mod hostile;
#[path = "t1/ifsd.rs"]
mod ifsd;
#[path = "t1/properties.rs"]
mod properties;
#[path = "t1/scenarios.rs"]
mod scenarios;
#[path = "t1/script.rs"]
mod script;
