import pytest

from densedepth_tf.bulk.actor_pool import ActorPool, Node, plan_pool


@pytest.mark.parametrize(
    ("nodes", "actors", "use_gpus", "expected"),
    [
        ([Node(3)], None, False, ActorPool(1, 2)),
        ([Node(3)], 2, False, ActorPool(2, 1)),
        ([Node(2), Node(2)], None, False, ActorPool(2, 1)),
        ([Node(65), Node(17)], None, False, ActorPool(40, 2)),
        ([Node(65)], 2, False, ActorPool(2, 8)),
        ([Node(17, 2), Node(9, 1), Node(64)], None, True, ActorPool(3, 8, 1)),
        ([Node(17, 2), Node(3, 1)], None, True, ActorPool(3, 2, 1)),
        ([Node(17, 2)], None, False, ActorPool(8, 2)),
        ([Node(17)], None, True, ActorPool(8, 2)),
    ],
)
def test_actors_share_what_there_is(nodes, actors, use_gpus, expected):
    assert plan_pool(nodes, actors, use_gpus=use_gpus) == expected


@pytest.mark.parametrize(
    ("nodes", "actors", "use_gpus"),
    [([Node(3)], 3, False), ([Node(1)], None, False), ([Node(17, 2)], 3, True)],
)
def test_actors_that_do_not_fit_are_refused(nodes, actors, use_gpus):
    with pytest.raises(ValueError, match=f"There is room for .* Received: `actors={actors}`"):
        plan_pool(nodes, actors, use_gpus=use_gpus)
