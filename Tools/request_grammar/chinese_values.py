"""Values of Chinese slots, of the same types as the English ones."""

from .draw import Draw, Pool, invented
from .values import Values, listed


def invented_city(draw: Draw) -> str:
    if draw.chance(0.5):
        return draw.pick("云青白金长安平清临新南北东石海龙") + draw.pick("溪川州阳江宁山城湖港口原门关")
    return draw.pick("维卡洛萨米诺塔里恩贝拉科莫费") + draw.pick(["尔", "拉", "里", "诺", "西", ""]) + draw.pick("堡尼亚多斯顿港特拉")


# The brand of an airline can be that of a hotel or of a bag: 云雀航空, 云雀酒店, 云雀耳机.
BRAND_FIRST, BRAND_SECOND = "云蓝青银白墨晨远星北小金红野长", "雀翎帆桥松舟鹿塔灯笺岚澜麦狐月"
# 周一朗 begins like Monday, and 金华, 海宁 and 长春 are cities where they are no names.
CITIES = """北京|上海|广州|深圳|成都|重庆|杭州|南京|武汉|西安|昆明|厦门|青岛|大连|三亚|桂林|丽江|拉萨|哈尔滨|长春|金华|宁波|安阳|高雄|台北
香港|澳门|东京|大阪|首尔|曼谷|新加坡|吉隆坡|河内|马尼拉|雅加达|悉尼|墨尔本|伦敦|巴黎|里斯本|波尔图|马德里|罗马|米兰|佛罗伦萨|柏林|慕尼黑
维也纳|布拉格|奥斯陆|赫尔辛基|伊斯坦布尔|开罗|内罗毕|纽约|波士顿|洛杉矶|温哥华|利马|呼和浩特|乌鲁木齐|石家庄|张家口|周口|江门|林芝"""
FAMILY = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹江金石方白钱夏"
GIVEN_FIRST, GIVEN_SECOND = "安长春日月一天南北海金云青思子", "宁阳山明华芷桐澄舒禾沐予绮砚钧霖朗昀恺璟柔蕙莺珂"
GIVEN_ALONE = "栩岑蔓苒砚昀蕙莺葳芮"
HOTEL_FORMS = listed("{}酒店|{}酒店|{}宾馆|{}大饭店|{}客栈|{}民宿|{}公寓|{}国际酒店|{}假日酒店|{}山庄|{}旅馆|{}青年旅舍|{}")
AIRLINE_FORMS = listed("{}航空|{}航空|{}航空公司|{}|{}航|{}快线|{}通航")
PRODUCT_FORMS = listed("{brand}{kind}|{brand}{kind}|{kind}|{brand}{number}|{brand}|{brand}{number}{kind}")
KINDS = """耳机|背包|雨衣|颈枕|行李箱|水壶|充电器|相机包|电子书|雨伞|睡袋|充电宝|登山鞋|太阳帽|电热水壶|饭盒|帐篷|手电筒|眼罩|洗漱包|西装袋
转换插头|闹钟|吹风机|沙滩巾|折叠椅|婴儿背带|泳镜|滑雪头盔|登山杖|急救包|保温箱|腰包|防晒霜|望远镜|拖鞋"""
ROOM_BEFORE = "安静的|靠海的|无烟|豪华|湖景|大一点的|高层|海景|带阳台的|便宜的|角落的"
ROOM_KINDS = "大床房|双人间|单人间|标准间|家庭房|套房|三人间|双床房|商务房|亲子房|总统套房|床位|阁楼|木屋|情侣房|榻榻米房|复式房"
NUMERALS = "一 二 三 四 五 六 七 八 九 十 十一 十二".split()
HOURS = ["一", "两", *NUMERALS[2:]]
# Before which hour each part of the day ends.
PARTS_OF_DAY = [(6, "凌晨"), (9, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (19, "傍晚"), (24, "晚上")]
WEEKDAYS = "一二三四五六日"
CURRENCIES = "元 块 块钱 欧元 美元 人民币 镑 日元".split()

POOLS = {
    "brand": Pool("chinese brands", [a + b for a in BRAND_FIRST for b in BRAND_SECOND]),
    "city": Pool("chinese cities", listed(CITIES) + invented("chinese cities", 70, invented_city)),
    "family": Pool("chinese family", [*FAMILY, "欧阳", "司马", "上官"]),
    "kind": Pool("chinese kinds", listed(KINDS)),
    "room before": Pool("chinese room before", listed(ROOM_BEFORE)),
    "room kind": Pool("chinese room kinds", listed(ROOM_KINDS)),
}


class ChineseValues(Values):
    """One method for each slot type."""

    pools = POOLS
    airline_forms = AIRLINE_FORMS

    def person(self) -> str:
        draw = self.generator
        given = draw.pick(GIVEN_FIRST) + draw.pick(GIVEN_SECOND) if draw.chance(0.7) else draw.pick(GIVEN_ALONE)
        return self.drawn("family") + given

    def hotel(self) -> str:
        return self.generator.pick(HOTEL_FORMS).format(self.drawn(self.generator.pick(["brand", "brand", "city"])))

    def product(self) -> str:
        number = self.letters(1) + self.digits(self.generator.between(1, 2))
        return self.generator.pick(PRODUCT_FORMS).format(brand=self.drawn("brand"), kind=self.drawn("kind"), number=number)

    def room(self) -> str:
        kind = self.drawn("room kind")
        return self.drawn("room before") + kind if self.generator.chance(0.35) else kind

    def date(self) -> str:
        draw = self.generator
        month, day, week = draw.between(1, 12), draw.between(1, 28), draw.pick(["周", "星期", "礼拜"]) + draw.pick(WEEKDAYS)
        exact = [f"{month}月{day}{draw.pick('日号')}", f"{month}月{day}{draw.pick('日号')}"]
        exact += [f"{NUMERALS[month - 1]}月{NUMERALS[day % 10]}{draw.pick('日号')}"]
        exact += [f"{day}{draw.pick('日号')}", f"2026年{month}月{day}日", f"{month}.{day}", f"下个月{day}号"]
        rough = [week, week, f"下{week}", f"这{week}", f"上{week}", "明天", "后天", "今天", "大后天", "这周末", "周末", "下周", "月底"]
        rough += [f"{NUMERALS[month - 1]}月", f"{NUMERALS[month - 1]}月{draw.pick('初中底')}", "国庆节", "元旦", "下个月", "春节"]
        return draw.pick(exact if draw.chance(0.5) else rough)

    def day(self) -> str:
        """For good wishes; never a slot."""
        return self.generator.pick(["周末", "周日", "周五", "星期天", "国庆节", "春节", "元旦"])

    def time(self) -> str:
        draw = self.generator
        number = draw.between(1, 23)
        part = next(name for end, name in PARTS_OF_DAY if number < end) if draw.chance(0.85) else ""
        hour = (number - 1) % 12
        hour = HOURS[hour] if draw.chance(0.5) else str(hour + 1)
        minute = draw.pick(["00", "15", "30", "45", "05"])
        forms = [f"{part}{hour}点", f"{part}{hour}点", f"{part}{hour}点半", f"{hour}点{draw.pick(['一刻', '三刻', '十分', '四十'])}"]
        return draw.pick([*forms, f"{number}:{minute}", draw.pick(["中午", "半夜", "晚上", "早上", "下午", "傍晚"])])

    def amount(self) -> str:
        draw = self.generator
        number, currency = self.money(), draw.pick(CURRENCIES)
        words = f"{draw.pick(['三百', '五十', '一千二', '八百', '两千', '六十五'])}{currency}"
        return draw.pick([f"{number}{currency}", f"{number}{currency}", words, words, f"¥{number}"])
